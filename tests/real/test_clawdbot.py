"""clawdbot 2026.1.24-3, where the name, the package, the home and the unit all change on the way."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from drive import clawupgrade, require_as_before, require_upgraded
from lab.facts import read_state
from lab.host import Host
from lab.watcher import await_hello
from test_signals import await_record

pytestmark = [pytest.mark.real, pytest.mark.full]

OLD, NEW = "2026.1.24-3", "2026.9.6"


def test_clawdbot_becomes_openclaw_and_goes_back(host_factory: Callable[..., Host]) -> None:
    host = host_factory(OLD)
    before = read_state(host)

    result = clawupgrade(host, "run", "--to", NEW)

    require_upgraded(host, result, before, read_state(host), NEW)
    assert _enabled(host) == {"openclaw-gateway.service"}
    assert sorted(path.name for path in (host.home / ".npm-global/bin").iterdir()) == ["openclaw"]
    host.power_cycle()
    assert await_hello(host.gateway_port, host.token()) == NEW

    back = clawupgrade(host, "rollback", "--yes")

    assert back.rc == 0, back.explain()
    assert _enabled(host) == {"clawdbot-gateway.service"}
    assert not (host.home / ".openclaw").exists()
    require_as_before(host, before, read_state(host))


def test_a_run_that_is_called_off_late_leaves_clawdbot_as_it_was(host_factory: Callable[..., Host]) -> None:
    host = host_factory(OLD)
    before = read_state(host)
    run = host.spawn(["clawupgrade", "run", "--to", NEW, "--json"])
    await_record(host, "step.began", f"handshake:{NEW}")
    run.send(signal.SIGTERM)

    done = run.finish(900)

    assert done.rc == 143, done.err[-3000:]
    assert _enabled(host) == {"clawdbot-gateway.service"}
    assert not (host.home / ".openclaw").exists()
    require_as_before(host, before, read_state(host))


def _enabled(host: Host) -> set[str]:
    wants = host.home / ".config/systemd/user/default.target.wants"
    return {path.name for path in wants.iterdir()}
