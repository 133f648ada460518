"""From before the stop to the commit point no engine starts a container at boot; afterwards it is as its files say."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.app.finish import finish
from clawupgrade.app.report import report_of
from clawupgrade.engine.runner import drive
from clawupgrade.errors import UndoFailed
from clawupgrade.model import Outcome, Plan
from clawupgrade.steps import held, steps_of
from clawupgrade.testing.composed import FILE
from clawupgrade.testing.faults import Fault, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import composed_plan_for
from clawupgrade.testing.releases import Release
from steps.taking import take, take_back

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)
_UNIT = "/etc/systemd/system/multi-user.target.wants/clawupgrade-after-20260901T000000Z-a.service"


def before(name: str, *, running: bool = True, restart: str = "always") -> tuple[Machine, Plan]:
    """A contained machine on which every step before `name` is done, and its plan."""
    machine = born((OLD, NEW), contained=True, running=running, restart=restart)
    plan = composed_plan_for(machine, NEW)
    for step in steps_of(plan):
        if step.name.partition(":")[0] == name:
            return machine, plan
        step.do(machine.host(), plan)
        step.prove(machine.host(), plan)
    raise AssertionError(name)


def ended(restart: str = "always") -> tuple[Machine, Plan]:
    """A contained machine whose run has closed, and was not finished yet."""
    machine = born((OLD, NEW), contained=True, restart=restart)
    plan = composed_plan_for(machine, NEW)
    assert drive(steps_of(plan), plan, machine.runs().create(plan), machine.host()) is Outcome.UPGRADED
    return machine, plan


def finished(machine: Machine, plan: Plan) -> tuple[str, ...]:
    """The notes of finishing it."""
    return finish(machine.host(), machine.runs(), report_of(machine.runs().load(plan.run_id).records)).notes


@pytest.mark.parametrize("running", [True, False])
def test_the_old_one_is_held_before_its_stop_and_let_go_on_the_way_back(running: bool) -> None:
    machine, plan = before("quiesce", running=running)
    take("quiesce", plan, machine.host())
    assert (machine.world.restart, machine.world.daemon) == ("no", None)
    take_back("quiesce", plan, machine.host())
    assert machine.world.restart == "always"
    assert (machine.world.daemon is not None) is running


def test_a_container_that_cannot_be_held_is_not_stopped() -> None:
    machine, plan = before("quiesce")
    hung = machine.fork(Fault(0, Way.HANG))
    with pytest.raises(Exception, match="restart=no"):
        take("quiesce", plan, hung.host())
    assert hung.world.daemon is not None


def test_nothing_is_changed_where_no_policy_can_be() -> None:
    """Podman."""
    machine, plan = before("quiesce")
    service = plan.install.service
    assert service.composed is not None
    podman = replace(service, composed=replace(service.composed, engine=("podman",), restart=""))
    plan = replace(plan, install=replace(plan.install, service=podman))
    take("quiesce", plan, machine.host())
    assert machine.world.restart == "always"


def test_a_container_that_is_never_restarted_stays_so() -> None:
    machine, plan = ended("no")
    assert machine.host().files.read(f"{plan.folder}/restart-policy") is None
    assert finished(machine, plan) == ()
    assert machine.world.restart == "no"


def test_the_target_is_held_until_the_run_has_closed_and_gets_what_its_file_says_now() -> None:
    machine, plan = before("start")
    text = (machine.world.disk.file(FILE) or b"").decode()
    machine.world.disk.put_text(FILE, text.replace("restart: always", "restart: unless-stopped"))
    take("start", plan, machine.host())
    assert (machine.world.container, machine.world.restart) == (f"sha256:{NEW.version}", "no")
    held.release(machine.host(), plan)
    assert machine.world.restart == "unless-stopped"
    again = machine.fork()
    held.release(again.host(), plan)
    assert again.world.faults.seen == [], "releasing twice does nothing"


def test_a_target_that_a_boot_left_alone_is_started_once_the_run_is_finished() -> None:
    machine, plan = ended()
    machine.lose_power()
    machine.boot()
    assert machine.world.daemon is None
    assert finished(machine, plan) == ()
    assert machine.world.daemon is not None
    assert machine.world.daemon.release.version == NEW.version
    assert (machine.world.restart, machine.world.disk.at(_UNIT)) == ("always", None)


def test_a_policy_that_cannot_be_set_back_is_said_and_its_unit_stays() -> None:
    machine, plan = ended()
    broken = machine.fork(Fault(0, Way.ERROR))
    assert "restart=always" in finished(broken, plan)[0]
    assert broken.world.disk.at(_UNIT) is not None
    assert finished(broken, plan) == (), "the next boot, or the next command, sets it"
    assert (broken.world.restart, broken.world.disk.at(_UNIT)) == ("always", None)


def test_one_that_was_stopped_before_is_made_anew_and_not_started_and_the_old_one_comes_back() -> None:
    machine, plan = before("start", running=False, restart="unless-stopped")
    take("start", plan, machine.host())
    world = machine.world
    assert (world.container, world.daemon, world.begun) == (f"sha256:{NEW.version}", None, False)
    for name in ("start", "doctor", "migrate", "switch", "quiesce"):
        take_back(name, plan, machine.host())
    assert (world.container, world.daemon, world.restart) == (f"sha256:{OLD.version}", None, "unless-stopped")


def test_an_old_container_that_is_made_of_another_image_is_said() -> None:
    machine, plan = before("start", running=False)
    take("start", plan, machine.host())  # and the pin stays
    with pytest.raises(UndoFailed, match=r"made of another image than before: sha256:2026\.9\.6"):
        take_back("quiesce", plan, machine.host())
