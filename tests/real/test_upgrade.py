"""The main job on real hosts: one command, and the new version serves with the config's own token."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from drive import clawupgrade, require_as_before, require_upgraded
from lab.facts import read_state
from lab.host import Host
from lab.network import without_registry
from lab.watcher import Watcher, look

pytestmark = pytest.mark.real

HOPS = [
    pytest.param("2026.6.11", "2026.9.6", id="6.11-to-9.6"),
    pytest.param("2026.4.29", "2026.6.11", id="4.29-to-6.11", marks=pytest.mark.full),
    pytest.param("2026.2.12", "2026.4.29", id="2.12-token-in-the-unit", marks=pytest.mark.full),
    pytest.param("2026.2.12", "2026.9.6", id="2.12-to-9.6", marks=pytest.mark.full),
    pytest.param("2026.1.29", "2026.9.6", id="1.29-to-9.6", marks=pytest.mark.full),
]


@pytest.mark.parametrize(("old", "new"), HOPS)
def test_one_command_upgrades_and_keeps_everything(
    old: str, new: str, host_factory: Callable[..., Host], watch: Callable[[Host], Watcher]
) -> None:
    host = host_factory(old)
    before = read_state(host)
    pid_before = host.systemctl_user("show", "-P", "MainPID", "openclaw-gateway").out.strip()
    watcher = watch(host)

    result = clawupgrade(host, "run", "--to", new)

    after = read_state(host)
    require_upgraded(host, result, before, after, new)
    shown = host.systemctl_user("show", "openclaw-gateway", "-P", "MainPID,Description").out
    assert pid_before not in shown.split()
    assert old not in host.systemctl_user("cat", "openclaw-gateway").out, "the unit still speaks of the old one"
    assert look(host.gateway_port, host.token()).state == "up"
    assert len(watcher.outages()) == 1, watcher.changes
    assert host.token() not in result.err
    _require_nothing_left_to_do(host, new)


def _require_nothing_left_to_do(host: Host, version: str) -> None:
    began = time.monotonic()
    again = clawupgrade(host, "run", "--to", version)
    seconds = time.monotonic() - began
    probe = time.monotonic()
    host.run(["python3", "-c", "pass"], check=True)
    assert again.document["outcome"] == "nothing-to-do"
    assert (again.rc, again.document["changed"]) == (0, False)
    print(f"second run: {seconds:.1f} s (an empty python: {time.monotonic() - probe:.1f} s)")


@pytest.mark.full
def test_a_stopped_gateway_stays_stopped_and_a_disabled_one_disabled(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11")
    host.systemctl_user("disable", "--now", "openclaw-gateway")
    before = read_state(host)

    result = clawupgrade(host, "run", "--to", "2026.9.6")

    assert result.rc == 0, result.explain()
    assert host.systemctl_user("is-active", "openclaw-gateway", check=False).out.strip() == "inactive"
    assert host.systemctl_user("is-enabled", "openclaw-gateway", check=False).out.strip() == "disabled"
    after = read_state(host)
    assert after.version == "2026.9.6"
    assert before.jobs.items() <= after.jobs.items()


@pytest.mark.full
def test_in_place_by_its_own_updater_and_back_from_the_kept_tree(host_factory: Callable[..., Host]) -> None:
    host = host_factory("2026.6.11")
    before = read_state(host)

    result = clawupgrade(host, "run", "--to", "2026.9.6", "--engine", "inplace")

    require_upgraded(host, result, before, read_state(host), "2026.9.6")

    with without_registry(host):
        back = clawupgrade(host, "rollback", "--yes")

    assert back.rc == 0, back.explain()
    require_as_before(host, before, read_state(host))
