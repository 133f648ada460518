"""Preflight on a real host: each refusal has its own line and exit code, and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from lab.facts import read_state
from lab.host import Host

pytestmark = [pytest.mark.real, pytest.mark.full]


def test_bad_input_is_refused_with_one_clear_line_and_nothing_changes(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11")
    before = read_state(host)
    config, token = host.config_path(), host.token()
    sound = config.read_bytes()

    def refused(words: list[str], rc: int, says: str, **choices: object) -> None:
        done = host.run(["clawupgrade", *words], timeout=120, **choices)
        assert done.rc == rc, (words, done.rc, done.err)
        assert says in done.err, (words, done.err)
        assert "Traceback" not in done.err
        assert token not in done.err + done.out

    refused(["run", "--to", "2026.99.1"], 6, "2026.99.1")
    refused(["run", "--to", "banana"], 6, "is not a version")
    refused(["run", "--to", "2026.4.29"], 6, "older")
    refused(["run", "--to", "2026.9.6", "--node", "/usr/bin/node"], 6, "Node")
    refused(["run", "--no-such-flag"], 64, "no-such-flag")
    refused(["recover", "--retry", "no-such-run"], 64, "no-such-run")
    refused(["run", "--to", "2026.9.6"], 75, "registry", env={"NPM_CONFIG_REGISTRY": "http://127.0.0.1:9/"})
    refused(["run", "--to", "2026.9.6"], 6, "bus", env={"DBUS_SESSION_BUS_ADDRESS": "", "XDG_RUNTIME_DIR": "/nowhere"})

    config.write_bytes(sound.replace(b"{", b"{ oops: }", 1))
    refused(["run", "--to", "2026.9.6"], 6, "openclaw.json:2:9: a value is missing")
    config.write_bytes(sound)

    host.run(["chmod", "555", "/home/claw/.npm-global/lib/node_modules"], check=True)
    refused(["run", "--to", "2026.9.6"], 6, "/home/claw/.npm-global/lib/node_modules")
    host.run(["chmod", "755", "/home/claw/.npm-global/lib/node_modules"], check=True)

    assert read_state(host) == before
    assert json.loads(host.run(["clawupgrade", "history", "--json"]).out)["runs"] == []
