"""What children are given: the way to the installation and to its Node, and no secret."""

from __future__ import annotations

import doctest
from dataclasses import dataclass

from clawupgrade.openclaw import environment
from clawupgrade.openclaw.paths import resolve_paths


@dataclass
class Installed:
    environment: tuple[tuple[str, str], ...]


def children(env, profile="", prefix="OPENCLAW"):
    paths = resolve_paths("/h", env, profile, lambda path: False, (prefix,))
    return dict(environment.children(paths, prefix, "/n/bin/node", ("/usr/bin", "/n/bin", "/bin")))


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(environment).failed == 0


def test_the_nodes_folder_is_first_and_once():
    assert children({})["PATH"] == "/n/bin:/usr/bin:/bin"


def test_the_usual_place_is_not_spelled_out():
    # 2026.9 declines to manage a service whose state dir was set, even to what it is anyway
    assert set(children({})) == {"PATH"}


def test_a_profile_and_a_moved_state_are_spelled_out():
    assert children({}, "work") == {
        "PATH": "/n/bin:/usr/bin:/bin",
        "OPENCLAW_PROFILE": "work",
        "OPENCLAW_STATE_DIR": "/h/.openclaw-work",
        "OPENCLAW_CONFIG_PATH": "/h/.openclaw-work/openclaw.json",
    }
    assert children({"OPENCLAW_STATE_DIR": "/s"})["OPENCLAW_STATE_DIR"] == "/s"


def test_a_token_in_the_shell_goes_nowhere():
    assert "s3cret" not in str(children({"OPENCLAW_GATEWAY_TOKEN": "s3cret", "OPENCLAW_STATE_DIR": "/s"}))


def test_clawdbots_variables_reach_the_openclaw_that_follows_it():
    own = tuple(children({"CLAWDBOT_STATE_DIR": "/s"}, prefix="CLAWDBOT").items())
    given = dict(environment.for_openclaw(Installed(own)))
    assert given["CLAWDBOT_STATE_DIR"] == given["OPENCLAW_STATE_DIR"] == "/s"


def test_npm_gets_the_node_and_nothing_of_openclaw():
    own = (("PATH", "/n/bin:/bin"), ("OPENCLAW_STATE_DIR", "/s"))
    assert environment.for_npm(Installed(own)) == (("PATH", "/n/bin:/bin"),)
