"""Where an installation is, by the rules that the releases' own code follows."""

from __future__ import annotations

import pytest

from clawupgrade.errors import Refused
from clawupgrade.openclaw.paths import prefixes_of, resolve_paths

HOME = "/home/claw"
BOTH = ("OPENCLAW", "CLAWDBOT")


def resolve(env=None, profile="", there=(), prefixes=BOTH):
    return resolve_paths(HOME, env or {}, profile, set(there).__contains__, prefixes)


def test_the_usual_place():
    paths = resolve()
    assert paths.state_dir == "/home/claw/.openclaw"
    assert paths.config_path == "/home/claw/.openclaw/openclaw.json"
    assert paths.workspace == "/home/claw/.openclaw/workspace"
    assert paths.profile == ""
    assert not paths.explicit


@pytest.mark.parametrize(
    ("there", "state", "config"),
    [
        ([".clawdbot", ".clawdbot/clawdbot.json"], ".clawdbot", ".clawdbot/clawdbot.json"),
        ([".moltbot", ".moltbot/moltbot.json"], ".moltbot", ".moltbot/moltbot.json"),
        ([".clawdbot", ".openclaw", ".clawdbot/clawdbot.json"], ".openclaw", ".openclaw/openclaw.json"),
        ([".openclaw", ".openclaw/clawdbot.json"], ".openclaw", ".openclaw/clawdbot.json"),
    ],
)
def test_a_legacy_home_counts_until_there_is_a_new_one(there, state, config):
    paths = resolve(there=[f"{HOME}/{each}" for each in there])
    assert (paths.state_dir, paths.config_path) == (f"{HOME}/{state}", f"{HOME}/{config}")


def test_clawdbot_itself_knows_only_its_own_home():
    there = [f"{HOME}/.openclaw", f"{HOME}/.openclaw/openclaw.json"]
    paths = resolve(there=there, prefixes=("CLAWDBOT",), env={"OPENCLAW_STATE_DIR": "/elsewhere"})
    assert paths.config_path == "/home/claw/.clawdbot/clawdbot.json"


@pytest.mark.parametrize(
    ("env", "profile"),
    [({}, "work"), ({"OPENCLAW_PROFILE": "work"}, ""), ({"OPENCLAW_PROFILE": "x"}, "work")],
)
def test_a_profile_has_its_own_folder(env, profile):
    paths = resolve(env, profile)
    assert paths.state_dir == "/home/claw/.openclaw-work"
    assert paths.workspace == "/home/claw/.openclaw-work/workspace"
    assert paths.profile == "work"


def test_a_workspace_of_a_profile_stays_where_older_releases_made_it():
    paths = resolve(profile="work", there=["/home/claw/.openclaw/workspace-work"])
    assert paths.workspace == "/home/claw/.openclaw/workspace-work"


def test_default_is_no_profile():
    assert resolve(profile="Default").state_dir == "/home/claw/.openclaw"


@pytest.mark.parametrize("name", ["a b", "../x", "-x", "", "x" * 65])
def test_a_name_that_openclaw_does_not_take_is_refused(name):
    if not name:
        assert resolve(profile=name).profile == ""
        return
    with pytest.raises(Refused, match="profile"):
        resolve(profile=name)


def test_the_environment_moves_it():
    paths = resolve({"OPENCLAW_STATE_DIR": "~/state/../claw", "OPENCLAW_CONFIG_PATH": "/etc/openclaw.json"})
    assert paths.state_dir == "/home/claw/claw"
    assert paths.config_path == "/etc/openclaw.json"
    assert paths.dotenv[0] == "/home/claw/claw/.env"
    assert paths.explicit


def test_openclaw_home_moves_everything_and_tilde_with_it():
    paths = resolve({"OPENCLAW_HOME": "~/inner", "OPENCLAW_CONFIG_PATH": "~/c.json"})
    assert paths.state_dir == "/home/claw/inner/.openclaw"
    assert paths.config_path == "/home/claw/inner/c.json"
    assert paths.explicit


def test_a_home_that_a_shell_left_unset_is_none():
    assert resolve({"OPENCLAW_HOME": "undefined"}).state_dir == "/home/claw/.openclaw"


def test_old_variables_count_only_for_releases_that_read_them():
    env = {"CLAWDBOT_STATE_DIR": "/old"}
    assert resolve(env, prefixes=prefixes_of("openclaw", "2026.2.12")).state_dir == "/old"
    assert resolve(env, prefixes=prefixes_of("openclaw", "2026.4.29")).state_dir == "/home/claw/.openclaw"
    assert resolve(env, prefixes=prefixes_of("clawdbot", "2026.1.24-3")).state_dir == "/old"
    both = env | {"OPENCLAW_STATE_DIR": "/new"}
    assert resolve(both, prefixes=prefixes_of("openclaw", "2026.1.29")).state_dir == "/new"
