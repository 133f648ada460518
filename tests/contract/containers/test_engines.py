"""The container engine in memory keeps the contract that a real daemon is held to (tests/real/test_compose.py)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clawupgrade.composed import Composed, Wanted
from clawupgrade.ports import Containers
from clawupgrade.testing.containers import MemoryContainers
from clawupgrade.testing.containers_contract import CONTRACT, NEW, OLD
from clawupgrade.testing.machine import born
from clawupgrade.testing.releases import Release


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.__name__)
def test_the_engine_in_memory_keeps_the_contract(clause: Callable[[Containers, Composed, str], None]) -> None:
    engine = MemoryContainers(born((Release(OLD, schema=3), Release(NEW, schema=5)), contained=True).world)
    (found,) = engine.gateways(Wanted())
    engine.pull(found, f"claw/openclaw:{NEW}", 60.0, print)
    clause(engine, found, f"claw/openclaw:{NEW}")
