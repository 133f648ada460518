"""Gateways that no user manager owns: a unit of the system, and a process that somebody started by hand."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from drive import clawupgrade, require_as_before, require_upgraded
from lab.facts import read_state
from lab.host import Host
from lab.instance import await_gateway
from lab.watcher import await_hello

pytestmark = [pytest.mark.real, pytest.mark.full]

OLD, NEW = "2026.6.11", "2026.9.6"
UNIT = "openclaw-gateway.service"


def test_a_unit_of_the_system_is_upgraded_by_root_and_taken_back(host_factory: Callable[..., Host]) -> None:
    host = host_factory(OLD, owner="systemd-system")
    before = read_state(host)
    refused = host.run(["clawupgrade", "run", "--to", NEW], timeout=120)
    assert (refused.rc, "sudo" in refused.err) == (6, True), refused

    result = clawupgrade(host, "run", "--to", NEW, user="root")

    require_upgraded(host, result, before, read_state(host), NEW)
    shown = host.run(["systemctl", "show", UNIT, "-P", "ActiveState,UnitFileState"], user="root").out.split()
    assert shown == ["active", "enabled"]
    strangers = host.shell(
        "find /home/claw -path /home/claw/.npm -prune -o -not -user claw -not -name .npmrc -print | head", user="root"
    ).out
    assert not strangers, "root left files of its own in the account's home"

    back = clawupgrade(host, "rollback", "--yes", user="root")

    assert back.rc == 0, back.explain()
    require_as_before(host, before, read_state(host))


def test_a_gateway_started_by_hand_is_upgraded_and_taken_back(host_factory: Callable[..., Host]) -> None:
    host = host_factory(OLD, owner="process")
    host.shell(f"setsid -f openclaw gateway --port {host.gateway_port} >/tmp/gateway.log 2>&1 </dev/null")
    await_gateway(host)
    before = read_state(host)

    result = clawupgrade(host, "run", "--to", NEW)

    require_upgraded(host, result, before, read_state(host), NEW)
    assert _listening_programs(host) == 1

    back = clawupgrade(host, "rollback", "--yes")

    assert back.rc == 0, back.explain()
    assert await_hello(host.gateway_port, host.token()) == OLD
    require_as_before(host, before, read_state(host))
    assert _listening_programs(host) == 1


def _listening_programs(host: Host) -> int:
    listening = host.run(["ss", "-Htlnp", f"sport = :{host.gateway_port}"], user="root", check=True).out
    return len(set(re.findall(r"pid=(\d+)", listening)))
