"""By image: what is fetched stays, what is pinned is what was fetched, and the way back leads to what ran before."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.model import Plan
from clawupgrade.steps import steps_of
from clawupgrade.steps.fetch import kept
from clawupgrade.steps.repin import take_name_back
from clawupgrade.testing.composed import FILE, PIN
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import composed_plan_for
from clawupgrade.testing.releases import Release
from steps.taking import take

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)


def machine_and_plan() -> tuple[Machine, Plan]:
    """A contained machine, and the plan of an upgrade by image."""
    machine = born((OLD, NEW), contained=True)
    return machine, composed_plan_for(machine, NEW)


def up_to(machine: Machine, plan: Plan, last: str) -> None:
    """Take every step before this one."""
    for step in steps_of(plan):
        if step.name == last:
            return
        step.do(machine.host(), plan)
        step.prove(machine.host(), plan)


def test_the_image_that_ran_is_kept_under_a_name_of_the_runs_own() -> None:
    machine, plan = machine_and_plan()
    take("fetch", plan, machine.host())
    assert machine.world.images[kept(plan)] == f"sha256:{OLD.version}"
    assert machine.world.images[plan.hops[0].stage] == f"sha256:{NEW.version}"


def test_an_image_of_another_version_than_its_tag_says_is_not_switched_in() -> None:
    machine, plan = machine_and_plan()
    machine.world.images[plan.hops[0].spec] = f"sha256:{OLD.version}"
    with pytest.raises(StepFailed, match=r"holds 2026\.6\.11, not 2026\.9\.6"):
        take("fetch", plan, machine.host())


def test_the_pin_names_what_was_fetched_also_where_the_tag_has_moved_meanwhile() -> None:
    machine, plan = machine_and_plan()
    up_to(machine, plan, f"switch:{NEW.version}")
    machine.world.images[plan.hops[0].spec] = "sha256:2026.9.9"
    text = machine.world.disk.file(FILE)
    take("switch", plan, machine.host())
    assert f"sha256:{NEW.version}" in (machine.world.disk.file(PIN) or b"").decode()
    assert machine.world.disk.file(FILE) == text, "the user's own file is not written"


def test_back_means_no_pin_and_a_tag_that_leads_to_the_old_image_again() -> None:
    machine, plan = machine_and_plan()
    up_to(machine, plan, f"migrate:{NEW.version}")
    found = plan.install.service.composed
    assert found is not None
    machine.world.images[found.image] = f"sha256:{NEW.version}"  # somebody pulled `latest`
    for step in reversed(steps_of(plan)):
        if step.name in (f"switch:{NEW.version}", "quiesce"):
            step.undo(machine.host(), plan)
            step.undo(machine.host(), plan)
    assert machine.world.disk.file(PIN) is None
    assert machine.world.images[found.image] == f"sha256:{OLD.version}"
    assert machine.world.daemon is not None
    assert machine.world.daemon.release == OLD


def test_an_old_image_that_is_gone_is_told_and_nothing_else_is_started() -> None:
    machine, plan = machine_and_plan()
    machine.world.images.clear()
    machine.world.container = f"sha256:{NEW.version}"
    with pytest.raises(UndoFailed, match="the image that ran before is gone"):
        take_name_back(machine.host(), plan)


def test_where_the_project_builds_its_image_the_name_is_moved_and_no_file_is_written() -> None:
    machine, plan = machine_and_plan()
    found = plan.install.service.composed
    assert found is not None
    service = replace(plan.install.service, composed=replace(found, pin="", build=True))
    plan = replace(plan, install=replace(plan.install, service=service))
    up_to(machine, plan, f"migrate:{NEW.version}")
    assert machine.world.images[found.image] == f"sha256:{NEW.version}"
    assert machine.world.disk.file(PIN) is None
