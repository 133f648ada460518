"""Start: a unit is refreshed only where it is stale; the gateway is as running as it was."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed
from clawupgrade.model import Service
from clawupgrade.ports import Completed, Event
from clawupgrade.steps import steps_of
from clawupgrade.testing.faults import Fault, Faults, Way
from clawupgrade.testing.machine import born
from clawupgrade.testing.plans import plan_for
from clawupgrade.testing.releases import Serving
from steps.taking import NEW, OLD, ending, reached, take


def test_start_refreshes_a_stale_unit_only() -> None:
    machine, plan = reached("start")
    heard: list[Event] = []
    take("start", plan, replace(machine.host(), say=heard.append))
    (note,) = [event.text for event in heard if event.kind == "note"]
    assert note.startswith("the service definition is refreshed: its entry point")
    again: list[Event] = []
    take("start", plan, replace(machine.host(), say=again.append))
    assert again == []


def test_start_notices_a_definition_that_was_not_written_and_asks_in_other_words() -> None:
    """2026.2.12: `gateway install --force` ends with 0 and writes nothing; `daemon install --force` does."""
    machine, plan = reached("start", replace(NEW, deaf_to_force=True))
    take("start", plan, machine.host())
    assert b"(v2026.9.6)" in (machine.world.disk.file(machine.world.layout.unit_path) or b"")


def test_start_tells_of_a_definition_that_nothing_renews() -> None:
    machine, plan = reached("start")
    said: list[str] = []
    deaf = ending(machine.host(), "install", Completed(0, "written", "", 1.0))
    with pytest.raises(StepFailed, match="did not stay up"):
        take("start", plan, replace(deaf, say=lambda event: said.append(event.text)))
    assert any("left its service definition as it was: its entry point" in text for text in said)


def test_start_wants_a_gateway_that_stays_up_under_a_new_pid() -> None:
    machine, plan = reached("start", replace(NEW, serving=Serving.CRASHES))
    with pytest.raises(StepFailed, match="did not stay up: failed"):
        take("start", plan, machine.host())
    machine, plan = reached("start")
    same = replace(plan, install=replace(plan.install, service=replace(plan.install.service, main_pid=4003)))
    with pytest.raises(StepFailed, match="still runs under its old PID"):
        take("start", same, machine.host())


def test_start_does_not_believe_that_it_stopped_what_it_had_to_start() -> None:
    machine = born([OLD, NEW], running=False, enabled=False)
    plan = plan_for(machine, NEW)
    for step in steps_of(plan)[:10]:
        step.do(machine.host(), plan)
    assert step.name == "mend:2026.9.6"
    probe = machine.fork()
    take("start", plan, probe.host())
    stops = next(each.number for each in probe.world.faults.seen if each.name == "stop the gateway")
    machine.world.faults = Faults(Fault(stops, Way.LIE))
    with pytest.raises(StepFailed, match="was stopped before the run and does not stop"):
        take("start", plan, machine.host())


def test_start_leaves_a_gateway_stopped_that_was_stopped_before() -> None:
    machine = born([OLD, NEW], running=False, enabled=False)
    plan = plan_for(machine, NEW)
    for step in steps_of(plan):
        step.do(machine.host(), plan)
        step.prove(machine.host(), plan)
    assert machine.world.daemon is None
    assert machine.world.disk.at(machine.world.layout.wants_path) is None


def test_start_disables_the_unit_that_another_replaces() -> None:
    """2026.9.6 left clawdbot's unit enabled beside its own: two gateways after the next boot."""
    machine, plan = reached("start")
    old = plan.install.service
    new = replace(old, name="renamed.service")
    asked: list[tuple[str, bool]] = []
    host = machine.host()

    class Noting(type(host.services)):  # type: ignore[misc]
        def enable(self, service: Service, enabled: bool) -> None:
            asked.append((service.name, enabled))

    moved = replace(plan, after=replace(plan.install, service=new))
    take("start", moved, replace(host, services=Noting(machine.world)))
    assert asked == [(old.name, False), (new.name, old.enabled)]
