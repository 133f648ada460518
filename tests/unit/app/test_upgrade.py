"""The one path from a request to a report, over a whole machine: survey, plan, steps and all."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.app import planned
from clawupgrade.app.prospect import Prospect, prospect
from clawupgrade.app.upgrade import upgrade
from clawupgrade.errors import Broken, Exit, Refused
from clawupgrade.model import Outcome, Report
from clawupgrade.testing.faults import Crash, Fault, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release, Serving

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)
PROGRAM = ("clawupgrade",)


def asked(machine: Machine, to: str | None = None, run_id: str = "20260901T000000Z-a") -> Report:
    """An upgrade that nobody says no to."""
    request = request_for(machine, to)
    return upgrade(machine.host(), machine.runs(), request, run_id, program=PROGRAM, agree=lambda found: None)


def test_an_upgrade_to_the_channels_newest() -> None:
    machine = born([OLD, NEW])
    report = asked(machine)
    assert (report.outcome, report.exit_code) == (Outcome.UPGRADED, Exit.OK)
    assert (report.from_version, report.to_version, report.changed) == ("2026.6.11", "2026.9.6", True)
    assert report.away is not None
    assert 0 < report.away < 60
    assert machine.world.daemon is not None
    assert machine.world.daemon.release == NEW
    assert machine.world.violations == []


def test_a_look_changes_nothing() -> None:
    machine = born([OLD, NEW])
    found = prospect(machine.host(), machine.runs(), request_for(machine), "r", program=PROGRAM)
    assert found.plan is not None
    assert [hop.version for hop in found.plan.hops] == ["2026.9.6"]
    assert machine.world.faults.seen == []
    assert machine.world.violations == []


@pytest.mark.parametrize(
    ("rehearse", "can_clone", "way", "told"),
    [
        (None, True, "namespace", ""),
        (None, False, "", "no clone can be made here: not permitted"),
        (False, True, "", ""),
    ],
)
def test_all_is_rehearsed_where_that_is_known_to_work(
    rehearse: bool | None, can_clone: bool, way: str, told: str
) -> None:
    machine = born([OLD, NEW], can_clone=can_clone)
    request = replace(request_for(machine), rehearse=rehearse)
    plan = prospect(machine.host(), machine.runs(), request, "r", program=PROGRAM).plan
    assert plan is not None
    assert (plan.rehearsal, told in " ".join(plan.notes)) == (way, True)


@pytest.mark.parametrize(
    ("copies", "way", "told"),
    [
        (4, "bubblewrap", "the clone is a whole copy of the state, shown by bubblewrap (unshare: not permitted)"),
        (10**12, "", "nothing is rehearsed: a whole copy of the state wants "),
    ],
)
def test_where_namespaces_are_not_permitted_bubblewrap_shows_a_whole_copy(
    copies: int, way: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planned, "COPIES", copies)
    machine = born([OLD, NEW])
    machine.world.has_bubblewrap = True
    plan = prospect(machine.host(), machine.runs(), request_for(machine), "r", program=PROGRAM).plan
    assert plan is not None
    assert plan.rehearsal == way
    assert told in " ".join(plan.notes)


@pytest.mark.parametrize(("rehearse", "way"), [(None, ""), (True, "namespace")])
def test_from_a_release_that_nobody_has_tried_it_is_rehearsed_where_asked_for(rehearse: bool | None, way: str) -> None:
    machine = born([Release("2026.1.29"), NEW], can_clone=True)
    request = replace(request_for(machine), rehearse=rehearse)
    plan = prospect(machine.host(), machine.runs(), request, "r", program=PROGRAM).plan
    assert plan is not None
    assert plan.rehearsal == way


def test_a_target_whose_doctor_needs_the_network_is_not_rehearsed_though_it_was_asked_for() -> None:
    target = Release("2026.4.29")
    machine = born([Release("2026.2.12"), target], can_clone=True)
    request = replace(request_for(machine, target.version), rehearse=True)
    plan = prospect(machine.host(), machine.runs(), request, "r", program=PROGRAM).plan
    assert plan is not None
    assert plan.rehearsal == ""
    assert "doctor of 2026.4.29 has npm install libraries, and a clone has no network" in " ".join(plan.notes)


def test_what_is_installed_already_is_left_alone() -> None:
    machine = born([OLD, NEW])
    report = asked(machine, to=OLD.version)
    assert (report.outcome, report.exit_code, report.changed) == (Outcome.NOTHING_TO_DO, Exit.OK, False)
    assert machine.world.faults.seen == []


def test_a_gateway_that_is_down_is_named_even_where_nothing_is_to_do() -> None:
    broken = Release("2026.6.11", serving=Serving.BROKEN)
    machine = born([broken])
    assert "its gateway is not well" in asked(machine, to=broken.version).message


def test_a_no_to_the_plan_leaves_no_run_behind() -> None:
    machine = born([OLD, NEW])

    def refuse(found: Prospect) -> None:
        raise Refused("nothing was done")

    with pytest.raises(Refused):
        upgrade(machine.host(), machine.runs(), request_for(machine), "r", program=PROGRAM, agree=refuse)
    assert machine.runs().ids() == ()
    assert machine.world.faults.seen == []


def test_a_run_that_was_cut_off_is_dealt_with_first() -> None:
    base = born([OLD, NEW])
    crash = next(n for n, each in enumerate(_effects(base)) if each.startswith("exchange"))
    machine = base.fork(Fault(crash, Way.AFTER))
    with pytest.raises(Crash):
        asked(machine)
    later = machine.fork()
    report = asked(later, run_id="20260902T000000Z-b")
    assert report.outcome is Outcome.UPGRADED
    assert report.notes[0].startswith("run 20260901T000000Z-a had been cut off")
    assert later.runs().ids() == ("20260901T000000Z-a", "20260902T000000Z-b")
    assert later.world.violations == []


def test_nothing_new_begins_over_a_run_whose_way_back_failed() -> None:
    base = born([OLD, NEW])
    names = _effects(base)
    crash = next(n for n, each in enumerate(names) if each.startswith("openclaw writes"))
    machine = base.fork(Fault(crash, Way.IN))
    with pytest.raises(Crash):
        asked(machine)
    probe = machine.fork()
    asked(probe, run_id="20260902T000000Z-b")
    fails = next(each.number for each in probe.world.faults.seen if each.name.startswith("restore"))
    later = machine.fork(Fault(fails, Way.ERROR))
    with pytest.raises(Broken, match="going back failed"):
        asked(later, run_id="20260902T000000Z-b")
    assert later.runs().ids() == ("20260901T000000Z-a",)


def _effects(machine: Machine) -> list[str]:
    fork = machine.fork()
    asked(fork)
    return [effect.name for effect in fork.world.faults.seen]
