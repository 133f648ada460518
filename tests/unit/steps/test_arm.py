"""Arm: a dead-man that is alive, through the service manager or by itself."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed
from clawupgrade.ports import Completed
from clawupgrade.steps import steps_of
from clawupgrade.steps.arm import remove_boot_units
from clawupgrade.testing.machine import born
from clawupgrade.testing.plans import composed_plan_for
from clawupgrade.testing.releases import Release
from steps.taking import ending, reached, take

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)


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


def test_an_update_of_openclaws_own_that_was_started_meanwhile_gets_the_gateway_that_it_knows() -> None:
    machine, plan = reached("arm")
    host = ending(machine.host(), "ps", Completed(0, "4711 node /usr/bin/openclaw update --yes\n", "", 0.1))
    with pytest.raises(StepFailed, match="another update of OpenClaw has been started meanwhile, process 4711"):
        take("arm", plan, host)
    assert machine.world.watchers == ()


def test_a_package_that_somebody_changed_meanwhile_is_not_switched() -> None:
    machine, plan = reached("arm")
    description = f"{plan.install.package.root}/package.json"
    machine.host().files.write(description, b'{"version": "2026.8.2"}')
    with pytest.raises(StepFailed, match=r"holds 2026\.8\.2, and held 2026\.6\.11 when the run began"):
        take("arm", plan, machine.host())
    assert machine.world.watchers == ()


def test_a_container_gets_a_unit_after_its_engine_which_goes_with_the_run() -> None:
    machine = born((OLD, NEW), contained=True)
    plan = composed_plan_for(machine, NEW)
    root = replace(plan.install.account, name="root", uid=0, gid=0)
    reach = (("DOCKER_HOST", "unix:///run/own.sock"),)
    assert plan.install.service.composed is not None
    service = replace(plan.install.service, composed=replace(plan.install.service.composed, reach=reach))
    plan = replace(plan, install=replace(plan.install, account=root, service=service))
    machine.world.disk.make("/etc/systemd/system")
    take("arm", plan, machine.host())
    path = f"/etc/systemd/system/clawupgrade-after-{plan.run_id}.service"
    text = (machine.world.disk.file(path) or b"").decode()
    assert "After=docker.service" in text
    assert "/usr/bin/env DOCKER_HOST=unix:///run/own.sock clawupgrade recover" in text
    remove_boot_units(machine.host(), plan)
    assert not [each for each in machine.world.disk.entries if "clawupgrade-after" in each]


def test_a_container_that_was_made_anew_meanwhile_is_somebody_elses_work() -> None:
    machine = born((OLD, NEW), contained=True)
    plan = composed_plan_for(machine, NEW)
    machine.world.container = "sha256:2026.8.2"
    with pytest.raises(StepFailed, match="another container or image than when the run began"):
        take("arm", plan, machine.host())
