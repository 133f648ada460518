"""Arm: a dead-man that is alive, through the service manager or by itself."""

from __future__ import annotations

import pytest

from clawupgrade.errors import StepFailed
from clawupgrade.ports import Completed
from clawupgrade.steps import steps_of
from steps.taking import ending, reached, take


def test_arm_wants_a_dead_man_that_lives() -> None:
    machine, plan = reached("arm")
    step = next(step for step in steps_of(plan) if step.name == "arm")
    step.do(machine.host(), plan)
    machine.world.watchers = ()
    with pytest.raises(StepFailed, match="the dead-man did not come up"):
        step.prove(machine.host(), plan)


def test_arm_starts_the_dead_man_by_itself_where_systemd_run_does_not() -> None:
    machine, plan = reached("arm")
    take("arm", plan, ending(machine.host(), "systemd-run", Completed(1, "", "no bus", 1.0)))
    assert len(machine.world.watchers) == 1
