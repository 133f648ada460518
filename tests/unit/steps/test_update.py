"""Update: trusted neither in its exit code nor with the gateway."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.model import Engine
from clawupgrade.ports import Completed
from clawupgrade.steps import steps_of
from clawupgrade.testing.machine import born
from clawupgrade.testing.plans import plan_for
from clawupgrade.testing.releases import Doctoring, Release
from steps.taking import NEW, ending, reached, take, take_back


def test_update_goes_by_what_lies_on_the_disk_and_not_by_the_exit_code() -> None:
    machine, plan = reached("update", engine=Engine.INPLACE)
    host = machine.host()
    with pytest.raises(StepFailed, match=r"did not install 2026.9.6 \(exit 0\)"):
        take("update", plan, ending(host, "--tag", Completed(0, '{"status": "ok"}', "", 1.0)))
    failing = replace(NEW, doctoring=Doctoring.FAILS)
    machine, plan = reached("update", failing, engine=Engine.INPLACE)
    take("update", plan, machine.host())


def test_update_leaves_no_gateway_running_that_the_updater_started() -> None:
    old = Release("2026.6.11", schema=3, no_restart=False)
    machine = born([old, NEW])
    plan = plan_for(machine, NEW, engine=Engine.INPLACE)
    for step in steps_of(plan)[:7]:
        step.do(machine.host(), plan)
    assert step.name == "update:2026.9.6"
    assert machine.world.daemon is None


def test_update_says_when_the_kept_tree_is_not_whole_either() -> None:
    machine, plan = reached("migrate", engine=Engine.INPLACE)
    machine.world.disk.put_text(f"{plan.hops[0].tree}/dist/entry.js", "torn")
    with pytest.raises(UndoFailed, match=r"2026.6.11 lies whole neither in"):
        take_back("update", plan, machine.host())
