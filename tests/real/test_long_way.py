"""From 2026.2.12 to 2026.9.6, by steps and in one jump: everything that a furnished host has is there at the end."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from drive import clawupgrade, require_kept
from lab.device import make_device
from lab.facts import read_state
from lab.host import Host
from lab.state import COMMENT
from lab.watcher import await_hello

pytestmark = [pytest.mark.real, pytest.mark.full]

PROFILE = "lab:default"
_KEY, _BOT, _BOT_REFERENCE = "not-a-real-key", "123:not-a-real-token", "${LAB_BOT_TOKEN}"
REFERENCES = {"models.providers.lab.apiKey": "${LAB_MODEL_KEY}", "channels.telegram.botToken": _BOT_REFERENCE}


def furnish(host: Host) -> str:
    """A channel, a plugin entry, a skill, hooks, a provider profile, a paired device: the device's id."""
    device = make_device(host, approved=True)
    host.systemctl_user("stop", "openclaw-gateway")
    facts = host.config()
    facts["channels"] = {"telegram": {"enabled": False, "botToken": REFERENCES["channels.telegram.botToken"]}}
    facts["plugins"] = {"entries": {"memory-core": {"enabled": True}}}
    facts["skills"] = {"entries": {"weather": {"enabled": True}}}
    facts["hooks"] = {"enabled": True, "token": "a-hook-secret-of-the-lab-0123456789", "path": "/hooks"}
    facts["auth"] = {"profiles": {PROFILE: {"provider": "lab", "mode": "api_key"}}}
    host.config_path().write_text(f"{COMMENT}\n{json.dumps(facts, indent=2)}\n")
    store = {"version": 1, "profiles": {PROFILE: {"type": "api_key", "provider": "lab", "key": "not-a-real-key"}}}
    folder = ".openclaw/agents/main/agent"
    host.shell(
        f"umask 077; mkdir -p {folder}; cat > {folder}/auth-profiles.json <<'END'\n{json.dumps(store)}\nEND\n"
        f"echo LAB_BOT_TOKEN={_BOT} >> ~/.openclaw/.env"
    )
    host.systemctl_user("start", "openclaw-gateway")
    await_hello(host.gateway_port, host.token())
    # A 2026.2.12 that has something to add to its config writes every reference out while it starts (#9627): not
    # ours, but then there is nothing left to keep. By the second start it has nothing to add.
    host.systemctl_user("stop", "openclaw-gateway")
    written = host.config_path().read_text()
    for secret, reference in ((_KEY, REFERENCES["models.providers.lab.apiKey"]), (_BOT, _BOT_REFERENCE)):
        written = written.replace(f'"{secret}"', f'"{reference}"')
    host.config_path().write_text(written)
    host.systemctl_user("start", "openclaw-gateway")
    await_hello(host.gateway_port, host.token())
    time.sleep(5)
    assert {path: at(host.config(), path) for path in REFERENCES} == REFERENCES, "2026.2.12 wrote them out again"
    return device


def at(config: dict[str, Any], path: str) -> Any:
    """The value at a dotted path, None for none."""
    found: Any = config
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def spoken_of(state: Path, words: str) -> bool:
    """Whether the state's own files or tables know of it."""
    files = [state / "devices/paired.json", *state.glob("agents/*/agent/auth-profiles.json")]
    if any(words in path.read_text() for path in files if path.exists()):
        return True
    for database in [state / "state/openclaw.sqlite", *state.glob("agents/*/agent/openclaw-agent.sqlite")]:
        if not database.exists():
            continue
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as opened:
            wanted = (
                "name LIKE 'device_pairing_paired' OR name LIKE 'auth_profile_store%' OR name = 'config_machine_state'"
            )
            tables = opened.execute(f"SELECT name FROM sqlite_master WHERE type = 'table' AND ({wanted})").fetchall()
            if any(words in str(opened.execute(f"SELECT * FROM {name}").fetchall()) for (name,) in tables):
                return True
    return False


@pytest.mark.parametrize(
    "stations",
    [("2026.4.29", "2026.6.11", "2026.9.6"), ("2026.9.6",)],
    ids=["by-steps", "in-one-jump"],
)
def test_everything_arrives(stations: tuple[str, ...], host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.2.12")
    device = furnish(host)
    before = read_state(host)
    for station in stations:
        result = clawupgrade(host, "run", "--to", station)
        assert (result.rc, result.document["outcome"]) == (0, "upgraded"), result.explain()
        print(f"{station}: away {result.document['away']} s of {result.document['seconds']} s")
        print("\n".join(f"  {note}" for note in result.document["notes"]))
        assert "sk-" not in json.dumps(result.document)
        if station == "2026.6.11":
            # Its doctor switches bundled skills off whose programs are not there; nothing of them stood in the config.
            assert any(note.startswith("doctor switched off") and " skill" in note for note in result.document["notes"])
    after, config = read_state(host), host.config()
    assert after.version == "2026.9.6"
    require_kept(before, after)
    assert after.token_sha256 == before.token_sha256
    assert {path: at(config, path) for path in REFERENCES} == REFERENCES
    assert at(config, "hooks.enabled") is True
    assert at(config, "plugins.entries.memory-core.enabled") is True
    assert "weather" in at(config, "skills.entries")
    for words in (device, PROFILE):
        assert spoken_of(host.config_path().parent, words), words
    assert dict(after.jobs.values()).items() >= {"morning": True, "paused": False}.items()
    assert await_hello(host.gateway_port, host.token()) == "2026.9.6"
    again = clawupgrade(host, "diagnose")
    assert again.rc == 0, again.document
