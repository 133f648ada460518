"""After the end: the run's boot units go, the result is noted, and a bad disk changes nothing about either."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.app.finish import finish
from clawupgrade.app.report import report_of
from clawupgrade.engine.runner import drive
from clawupgrade.model import Outcome, Report
from clawupgrade.ports import Event
from clawupgrade.steps import steps_of
from clawupgrade.testing.faults import Fault, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import plan_for
from clawupgrade.testing.releases import Release

OLD, NEW = Release("2026.6.11"), Release("2026.9.6")


@pytest.fixture(scope="module")
def ended() -> tuple[Machine, Report]:
    """A machine after a run, and the run's report."""
    machine = born([OLD, NEW])
    plan = plan_for(machine, NEW)
    journal = machine.runs().create(plan)
    drive(steps_of(plan), plan, journal, machine.host())
    return machine, report_of(journal.records)


def units(machine: Machine) -> list[str]:
    return [path for path in machine.world.disk.entries if path.endswith(".service") and "/clawupgrade-" in path]


def test_the_units_go_and_the_result_is_noted(ended: tuple[Machine, Report]) -> None:
    machine, report = ended[0].fork(), ended[1]
    runs = machine.runs()
    assert len(units(machine)) == 4
    assert finish(machine.host(), runs, report) == report
    assert units(machine) == []
    assert (runs.results[0]["outcome"], runs.results[0]["changed"]) == ("upgraded", True)


def test_a_disk_that_refuses_changes_neither_outcome_nor_exit_code(ended: tuple[Machine, Report]) -> None:
    machine, report = ended[0].fork(Fault(0, Way.ERROR)), ended[1]
    heard: list[Event] = []
    finished = finish(replace(machine.host(), say=heard.append), machine.runs(), report)
    assert (finished.outcome, finished.exit_code) == (Outcome.UPGRADED, 0)
    assert "could not be tidied up" in finished.notes[-1]
    assert [event.text for event in heard] == [finished.notes[-1]]


def test_a_report_without_a_run_is_only_noted() -> None:
    machine = born([OLD])
    runs = machine.runs()
    report = Report(Outcome.NOTHING_TO_DO, 0)
    assert finish(machine.host(), runs, report) == report
    assert len(runs.results) == 1
    assert machine.world.faults.seen == []
