"""Settings from file, environment and flags: who wins, where each comes from, and what a mistake looks like."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clawupgrade.errors import ConfigInvalid, UsageError
from clawupgrade.policy.reading import effective, from_environment, from_file, from_flags, installations
from clawupgrade.policy.settings import Settings
from clawupgrade.policy.windows import window

FILE = """\
channel = "beta"
skip = ["2026.9.4"]

[when]
windows = ["Mon-Fri 02:00-05:00", "12:00-13:00"]
timezone = "Europe/Berlin"

[installations.work]
profile = "work"
channel = "stable"
"""


def test_without_any_source_the_defaults_hold() -> None:
    assert effective().settings == Settings()


def test_a_file_is_typed() -> None:
    found = effective(from_file(FILE, "c.toml")).settings
    assert (found.channel, found.skip, found.when_timezone) == ("beta", ("2026.9.4",), "Europe/Berlin")
    assert found.when_windows == (window("Mon-Fri 02:00-05:00"), window("12:00-13:00"))


def test_an_installation_has_its_own() -> None:
    assert effective(from_file(FILE, "c.toml", "work")).settings.channel == "stable"
    assert [(each.name, each.profile) for each in installations(FILE, "c.toml")] == [("work", "work")]


def test_flags_win_over_the_environment_and_that_over_the_file() -> None:
    file = 'channel = "one"\nminimum-age = "1d"\npin = "2026.9.1"\n'
    environ = {"CLAWUPGRADE_CHANNEL": "two", "CLAWUPGRADE_MINIMUM_AGE": "2d", "CLAWUPGRADE_HOME": "/x", "PATH": "/bin"}
    found = effective(
        from_file(file, "/c.toml"), from_environment(environ), from_flags([("--channel", "channel", "three")])
    )
    assert (found.settings.channel, found.settings.minimum_age) == ("three", timedelta(days=2))
    assert {key: each.origin for key, each in found.given.items()} == {
        "channel": "flag --channel",
        "minimum-age": "environment CLAWUPGRADE_MINIMUM_AGE",
        "pin": "/c.toml:3",
    }


def test_several_values_in_the_environment_are_parted_by_semicolons() -> None:
    environ = {"CLAWUPGRADE_WHEN_WINDOWS": "Sat,Sun 01:00-02:00; 03:00-04:00", "CLAWUPGRADE_SKIP": ""}
    found = effective(from_environment(environ)).settings
    assert found.when_windows == (window("Sat,Sun 01:00-02:00"), window("03:00-04:00"))
    assert found.skip == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('channel = "beta"\nchanel = "x"\n', r"c\.toml:2: “chanel” is no setting"),
        ("\n\nchannel = 3\n", r"c\.toml:3: channel: Expected `str`, got `int`"),
        ('channel = "no such channel"\n', r"c\.toml:1: channel: .* is no channel"),
        ('skip = "2026.9.4"\n', r"c\.toml:1: skip: "),
        ('skip = [\n"2026.9.4",\n"banana"]\n', r"c\.toml:1: skip: “banana” is not a version"),
        ('[when]\n\nwindows = ["25:00-26:00"]\n', r"c\.toml:3: when\.windows: .*25:00 is no time of day"),
        ('[when]\ntimezone = "Mars/Olympus"\n', r"c\.toml:2: when\.timezone: this machine knows no time zone"),
        ('minimum-age = "soon"\n', r"c\.toml:1: minimum-age: “soon” is no span of time"),
        ('channel = "a\n', r"c\.toml: .*line 1"),
        ('[installations.a]\nchannel = "?"\n', r"c\.toml:2: channel: .* is no channel"),
        ('[installations.a]\ncolour = "red"\n', r"c\.toml:2: “colour” is no setting"),
        ("[installations]\na = 1\n", r"c\.toml:2: \[installations\] holds tables"),
        ('node = "node"\n', r"c\.toml:1: node: “node” is no absolute path"),
        ('engine = "steam"\n', r"c\.toml:1: engine: “steam” is no engine"),
    ],
)
def test_a_mistake_in_the_file_names_its_line(text: str, words: str) -> None:
    with pytest.raises(ConfigInvalid, match=words):
        effective(from_file(text, "c.toml"))


def test_a_key_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        from_file('[when]\nwindow = ["02:00-05:00"]\n', "c.toml")
    assert caught.value.hint == "did you mean when.windows?"


def test_a_variable_that_sets_nothing_is_a_mistake() -> None:
    with pytest.raises(ConfigInvalid, match="CLAWUPGRADE_CHANEL is no setting") as caught:
        from_environment({"CLAWUPGRADE_CHANEL": "beta"})
    assert caught.value.hint == "did you mean CLAWUPGRADE_CHANNEL?"


def test_what_we_give_our_own_children_is_no_setting() -> None:
    assert from_environment({"CLAWUPGRADE_CHILD": "1", "CLAWUPGRADE_CONFIG": "/c", "CLAWUPGRADE_RUN_ID": "r"}) == []


def test_a_bad_value_from_elsewhere_names_where_it_comes_from() -> None:
    with pytest.raises(ConfigInvalid, match="environment CLAWUPGRADE_PIN: pin: “latest” is not a version"):
        effective(from_environment({"CLAWUPGRADE_PIN": "latest"}))
    with pytest.raises(UsageError, match="there is no such setting"):
        from_flags([("--set", "colour", "red")])
