"""What a stranger sends is read within bounds and shown without tricks."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clawupgrade.gateway import frames

SECRET = "abc-secret-value"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "3",
        '"x"',
        "{",
        '{"a": NaN}',
        '{"a": Infinity}',
        "[" * 100_000,
        '{"a":' + "9" * 5000 + "}",
    ],
)
def test_what_is_no_json_object_is_none(text: str) -> None:
    assert frames.read_frame(text) is None


@given(st.text())
def test_reading_never_raises(text: str) -> None:
    frame = frames.read_frame(text)
    assert frame is None or isinstance(frame, dict)


@given(st.text())
def test_a_cleaned_text_is_printable_and_bounded(text: str) -> None:
    shown = frames.clean_text(text, ())
    assert shown.isprintable()
    assert len(shown) <= frames.LONGEST_TEXT
    shown.encode("utf-8")


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_secret_does_not_survive_cleaning(before: str, after: str) -> None:
    assert SECRET not in frames.clean_text(before + SECRET + after, (SECRET,))


def test_an_endless_text_is_cut() -> None:
    assert len(frames.clean_text("x" * 100_000, ())) == frames.LONGEST_TEXT


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"in": inner}], ids=["lists", "objects"])
def test_a_value_that_is_too_deep_is_cut(wrap: Callable[[object], object]) -> None:
    value: object = "bottom"
    for _ in range(frames.DEEPEST + 1):
        value = wrap(value)
    assert "bottom" not in json.dumps(frames.clean_value(value, ()))


def test_terminal_tricks_and_lone_surrogates_are_taken_out() -> None:
    assert frames.clean_text("\x1b[31mred\x1b[0m\r\nhead\ud800", ()) == "[31mred [0m  head?"


def test_a_secret_that_removal_puts_together_is_veiled_as_well() -> None:
    assert "a b" not in frames.clean_text("a\nb", ("a b",))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None)
@given(_JSON)
def test_a_cleaned_value_is_still_json(value: object) -> None:
    json.dumps(frames.clean_value(value, (SECRET,)), allow_nan=False).encode()


def test_a_cleaned_value_holds_no_secret_in_keys_lists_or_depths() -> None:
    value = {SECRET: [{"a": f"x{SECRET}y"}, SECRET]}
    for _ in range(40):
        value = {"deeper": value, "beside": SECRET}
    assert SECRET not in json.dumps(frames.clean_value(value, (SECRET,)))


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (500, 500),
        (0, 0),
        (1.5, 1),
        (10**12, frames.LONGEST_WAIT_MS),
        (-1, None),
        (True, None),
        ("500", None),
        (float("inf"), None),
        (float("nan"), None),
        (None, None),
    ],
)
def test_a_waiting_time_is_sane_or_none(asked: object, given: int | None) -> None:
    assert frames.waiting_time(asked) == given
