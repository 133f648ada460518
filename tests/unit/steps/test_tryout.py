"""The try-out: what fails on a copy of the volume touches neither the container nor the volume."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed
from clawupgrade.model import Plan
from clawupgrade.steps import steps_of
from clawupgrade.testing.disk import Entry
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import composed_plan_for
from clawupgrade.testing.releases import Doctoring, Release, Serving
from steps.taking import take

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)


def entries(machine: Machine, plan: Plan) -> dict[str, Entry]:
    """The volume, entry by entry."""
    disk = machine.world.disk
    return {path: disk.entries[path] for path in disk.below(plan.install.state_dir)}


@pytest.mark.parametrize(
    ("release", "words"),
    [
        (replace(NEW, serving=Serving.MISMATCH), "does not serve on a copy"),
        (replace(NEW, serving=Serving.CRASHES), "does not serve on a copy"),
        (replace(NEW, doctoring=Doctoring.FAILS), "doctor of 2026.9.6 failed on a copy"),
    ],
)
def test_a_release_that_fails_there_has_touched_nothing(release: Release, words: str) -> None:
    machine = born((OLD, release), contained=True, is_quiet=True)
    plan = composed_plan_for(machine, release)
    take("fetch", plan, machine.host())
    state = entries(machine, plan)
    with pytest.raises(StepFailed, match=words):
        take("rehearse", plan, machine.host())
    assert {
        path: machine.world.disk.entries[path] for path in machine.world.disk.below(plan.install.state_dir)
    } == state
    assert machine.world.daemon is not None
    assert machine.world.daemon.release == OLD
    assert machine.world.canary == "", "the canary has ended"


def test_the_copy_holds_what_the_state_holds_and_goes_with_its_proof() -> None:
    machine = born((OLD, NEW), contained=True)
    plan = composed_plan_for(machine, NEW)
    take("fetch", plan, machine.host())
    (step,) = [each for each in steps_of(plan) if each.name.startswith("rehearse")]
    step.do(machine.host(), plan)
    assert list(machine.world.disk.below(f"{plan.folder}/tryout/copy-0"))
    assert step.prove(machine.host(), plan)["canary"]["state"] == "ready"
    assert not list(machine.world.disk.below(f"{plan.folder}/tryout"))
