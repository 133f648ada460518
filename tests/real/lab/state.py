"""Makes the state of a host that somebody has lived with, by the release's own commands where it can."""

from __future__ import annotations

import json

from .host import Host
from .layers import HOME
from .releases import PATIENCE, Release

REFERENCE = "${LAB_MODEL_KEY}"
COMMENT = "// lab: this port is open in the office firewall"
AGENTS = ("main", "work")
SESSIONS = ("agent:main:lab-one", "agent:main:lab-two", "agent:work:lab-three")
JOBS = {"morning": True, "seldom": True, "paused": False}
"""Name of each cron job, and whether it is enabled."""

ASK = ("--json", "--timeout", "120000")
"""For commands that ask the gateway: their own patience is 10 or 30 s."""

# None comes due while a test runs, nor on a disk that was prepared long ago: a run would make a session.
_SCHEDULES = {
    "morning": ["--cron", "0 7 29 2 *", "--session", "main", "--system-event", "good morning"],
    "seldom": ["--every", "300d", "--session", "isolated", "--message", "look around"],
    "paused": ["--cron", "0 3 * * 1", "--session", "isolated", "--message", "weekly"],
}


def make_state(host: Host, release: Release) -> None:
    """Two agents, three cron jobs, three sessions with a note each: needs a serving gateway."""
    tool = release.package
    folder = f"{HOME}/.{tool}"

    def call(*words: str) -> None:
        host.run([tool, *words], timeout=PATIENCE, check=True)

    workspace = f"{folder}/workspace-work"
    call("agents", "add", "work", "--workspace", workspace, "--non-interactive", "--json")
    # Unknown to 2026.1; later releases would tell a channel that is not there.
    knows_silence = "--no-deliver" in host.run([tool, "cron", "add", "--help"], timeout=PATIENCE).out
    for name, words in _SCHEDULES.items():
        off = [] if JOBS[name] else ["--disabled"]
        if knows_silence and "isolated" in words:
            off.append("--no-deliver")
        call("cron", "add", "--name", name, *words, *off, *ASK)
    for key in SESSIONS:
        label = key.rsplit(":", 1)[1]
        patch = {"key": key, "label": label}
        note = {"sessionKey": key, "message": f"a note in {label}"}
        call("gateway", "call", "sessions.patch", "--params", json.dumps(patch), *ASK)
        inject = [tool, "gateway", "call", "chat.inject", "--params", json.dumps(note), *ASK]
        if host.run(inject, timeout=PATIENCE).rc != 0:
            _begin_transcript(host, release, key)
            host.run(inject, timeout=PATIENCE, check=True)


def _begin_transcript(host: Host, release: Release, key: str) -> None:
    """Up to 2026.2 a session has no transcript until its agent has spoken, and no agent here can."""
    agent = key.split(":")[1]
    folder = f".{release.package}/agents/{agent}/sessions"
    session = json.loads(host.path(f"{folder}/sessions.json").read_text())[key]["sessionId"]
    first = {"type": "session", "version": 3, "id": session, "timestamp": "2026-02-01T08:00:00.000Z"}
    line = json.dumps(first | {"cwd": f"{HOME}/{host.workspace()}"})
    host.shell(f"cat > {folder}/{session}.jsonl <<'END'\n{line}\nEND")


def make_handwork(host: Host, release: Release) -> None:
    """What an operator does with an editor while the gateway rests: a nested repository with a commit,
    a secret kept in .env and named in the config, and a comment (OpenClaw itself writes plain JSON)."""
    folder = host.home / f".{release.package}"
    host.shell(
        f"""
        cd ~/{host.workspace()}
        [ -d .git ] || git init -q
        echo 'remember the milk' > NOTES.md
        git add -A
        git -c user.name=Lab -c user.email=lab@example.invalid commit -qm 'Take a note'
        (umask 077 && echo 'LAB_MODEL_KEY=not-a-real-key' > ~/.{release.package}/.env)
        """
    )
    config = folder / f"{release.package}.json"
    facts = json.loads(config.read_text())
    small = {"id": "small", "name": "small"}
    provider = {"baseUrl": "http://127.0.0.1:9/v1", "apiKey": REFERENCE, "api": "openai-completions"}
    facts.setdefault("models", {})["providers"] = {"lab": provider | {"models": [small]}}
    # In place, so that owner and mode 0600 stay as OpenClaw made them.
    config.write_text(f"{COMMENT}\n{json.dumps(facts, indent=2)}\n")
