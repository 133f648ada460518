"""Quiesce: nothing is sealed under a gateway, and the way back ends with a handshake."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.ports import Process
from clawupgrade.testing.faults import Fault, Faults, Way
from steps.taking import reached, take, take_back


def test_quiesce_seals_nothing_while_the_port_is_held() -> None:
    machine, plan = reached("quiesce")

    class Held:
        def listeners(self, port: int) -> tuple[Process, ...]:
            return (Process(77, 1.0, ("node",), 1000),)

        find = ancestors = None

    with pytest.raises(StepFailed, match="port 18789 is still held by process 77"):
        take("quiesce", plan, replace(machine.host(), processes=Held()))  # type: ignore[arg-type]
    assert not machine.host().snapshots.is_sealed(plan.snapshot)


def test_quiesce_does_not_come_back_without_a_handshake() -> None:
    machine, plan = reached("switch")
    machine.world.faults = Faults(Fault(0, Way.LIE))
    with pytest.raises(UndoFailed, match="the old gateway does not come back"):
        take_back("quiesce", plan, machine.host())
