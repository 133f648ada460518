"""Recovery as a use case: what it takes up, what it leaves alone, and when it asks for a person."""

from __future__ import annotations

from contextlib import suppress

import pytest

from clawupgrade.app.recover import open_run, recover, settle
from clawupgrade.app.report import report_of
from clawupgrade.engine import journal as kinds
from clawupgrade.engine.runner import drive
from clawupgrade.errors import Broken, Exit, UsageError
from clawupgrade.model import Outcome, plan_from_json
from clawupgrade.steps import steps_of
from clawupgrade.testing.faults import Crash, Fault, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import RUN, plan_for
from clawupgrade.testing.releases import Release

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)


def effect(name: str, machine: Machine | None = None) -> int:
    """The number of the first effect of an upgrade whose name begins so."""
    seen = (machine or upgraded()).world.faults.seen
    return next(each.number for each in seen if each.name.startswith(name))


def upgraded(*faults: Fault) -> Machine:
    """The machine after an upgrade that met these faults."""
    machine = born([OLD, NEW]).fork(*faults)
    plan = plan_for(machine, NEW)
    with suppress(Crash):
        drive(steps_of(plan), plan, machine.runs().create(plan), machine.host())
    return machine


def stuck() -> Machine:
    """The machine after doctor failed, and the way back too."""
    doctor = Fault(effect("doctor migrates"), Way.ERROR)
    return upgraded(doctor, Fault(effect("restore writes", upgraded(doctor)), Way.ERROR))


def test_there_is_nothing_to_recover_on_a_new_machine_or_after_a_closed_run() -> None:
    for machine in (born([OLD]), upgraded()):
        before = len(machine.world.faults.seen)
        assert open_run(machine.runs()) is None
        assert recover(machine.host(), machine.runs()) is None
        assert settle(machine.host(), machine.runs()) is None
        assert len(machine.world.faults.seen) == before


def test_a_run_that_was_cut_off_is_taken_back() -> None:
    machine = upgraded(Fault(effect("exchange"), Way.AFTER)).fork()
    assert open_run(machine.runs()) == RUN
    report = recover(machine.host(), machine.runs())
    assert report is not None
    assert (report.outcome, report.exit_code, report.changed) == (Outcome.ROLLED_BACK, Exit.ROLLED_BACK, False)
    assert machine.install().package.version == OLD.version
    assert machine.world.daemon is not None


def test_a_run_that_was_cut_off_after_its_commit_point_is_closed() -> None:
    machine = upgraded(Fault(effect("journal run.closed"), Way.BEFORE)).fork()
    report = recover(machine.host(), machine.runs())
    assert report is not None
    assert report.outcome is Outcome.UPGRADED
    assert [each.name for each in machine.world.faults.seen] == ["journal run.interrupted", "journal run.closed"]


def test_a_named_run_that_is_closed_is_only_reported() -> None:
    machine = upgraded()
    report = recover(machine.host(), machine.runs(), RUN)
    assert report is not None
    assert report.outcome is Outcome.UPGRADED


def test_a_stuck_run_waits_for_a_person() -> None:
    machine = stuck().fork()
    for _ in range(2):
        with pytest.raises(Broken, match="stuck going back over “doctor") as told:
            recover(machine.host(), machine.runs())
        assert told.value.hint.endswith(f"clawupgrade recover --retry {RUN}")
    assert machine.world.faults.seen == []
    report = recover(machine.host(), machine.runs(), RUN, retry=True)
    assert report is not None
    assert report.outcome is Outcome.ROLLED_BACK
    assert [record.kind for record in machine.runs().load(RUN).records].count(kinds.RUN_RETRIED) == 1


def test_a_stuck_run_says_where_everything_lies_and_what_to_type() -> None:
    machine = stuck()
    records = machine.runs().load(RUN).records
    plan = plan_from_json(dict(records[0].data))
    said = "\n".join(report_of(records).notes)
    assert "stopped at “doctor:2026.9.6”; still to be taken back, in this order: doctor:2026.9.6, " in said
    for known in (plan.install.package.root, plan.hops[0].tree, plan.snapshot, plan.install.service.name):
        assert known in said
    assert said.endswith(f"clawupgrade recover --retry {RUN}")
    recover(machine.host(), machine.runs(), RUN, retry=True)
    assert not any("--retry" in note for note in report_of(machine.runs().load(RUN).records).notes)


def test_nothing_new_begins_over_a_run_that_is_stuck_or_becomes_so() -> None:
    with pytest.raises(Broken):
        settle(stuck().host(), stuck().runs())
    cut_off = upgraded(Fault(effect("openclaw writes"), Way.IN))
    recovered = cut_off.fork()
    recover(recovered.host(), recovered.runs())
    machine = cut_off.fork(Fault(effect("restore writes", recovered), Way.ERROR))
    with pytest.raises(Broken, match="going back failed") as told:
        settle(machine.host(), machine.runs())
    assert f"recover --retry {RUN}" in told.value.hint


def test_what_settles_an_earlier_run_also_tidies_up_after_it() -> None:
    machine = upgraded(Fault(effect("exchange"), Way.AFTER)).fork()
    runs = machine.runs()
    report = settle(machine.host(), runs)
    assert report is not None
    assert [result["outcome"] for result in runs.results] == ["rolled-back"]
    assert not [path for path in machine.world.disk.entries if "/clawupgrade-before-" in path]


def test_before_the_gateway_may_start_everything_else_is_taken_back() -> None:
    machine = upgraded(Fault(effect("doctor migrates"), Way.IN)).fork()
    machine.lose_power()
    recover(machine.host(), machine.runs(), stop_before="quiesce")
    assert machine.install().package.version == OLD.version
    assert machine.world.daemon is None
    assert open_run(machine.runs()) == RUN
    machine.boot()
    report = recover(machine.host(), machine.runs())
    assert report is not None
    assert report.outcome is Outcome.ROLLED_BACK


def test_an_unknown_run_is_a_mistake_of_the_caller() -> None:
    machine = born([OLD])
    with pytest.raises(UsageError):
        recover(machine.host(), machine.runs(), "20200101T000000Z-x")
