"""The container engine in memory keeps the contract that a real daemon is held to (tests/real/test_compose.py)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clawupgrade.composed import Composed, Wanted
from clawupgrade.model import Service
from clawupgrade.ports import Host
from clawupgrade.testing.containers_contract import AT_BOOT, CONTRACT, NEW, OLD
from clawupgrade.testing.machine import born
from clawupgrade.testing.releases import Release


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.__name__)
def test_the_engine_in_memory_keeps_the_contract(clause: Callable[[Host, Composed, str], None]) -> None:
    host = born((Release(OLD, schema=3), Release(NEW, schema=5)), contained=True).host()
    (found,) = host.containers.gateways(Wanted())
    host.images.pull(found, f"claw/openclaw:{NEW}", 60.0, print)
    clause(host, found, f"claw/openclaw:{NEW}")


@pytest.mark.parametrize("policy", ["always", "unless-stopped"])
@pytest.mark.parametrize("clause", AT_BOOT, ids=lambda clause: clause.__name__)
def test_the_engine_in_memory_boots_as_a_real_one_does(
    clause: Callable[[Host, Service, str, Callable[[], None]], None], policy: str
) -> None:
    machine = born((Release(OLD, schema=3), Release(NEW, schema=3)), contained=True, restart=policy)
    host, service = machine.host(), machine.install().service
    assert service.composed is not None
    host.images.pull(service.composed, f"claw/openclaw:{NEW}", 60.0, print)

    def power_cycle() -> None:
        machine.lose_power()
        machine.boot()

    clause(host, service, f"claw/openclaw:{NEW}", power_cycle)
    assert machine.world.violations == []
