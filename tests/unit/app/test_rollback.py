"""Rollback long after: old code, old config, and the state only where a database was migrated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clawupgrade.app.rollback import Return, rollback
from clawupgrade.app.upgrade import upgrade
from clawupgrade.errors import Refused
from clawupgrade.model import Outcome, Report
from clawupgrade.testing.faults import Crash, Fault, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release

OLD = Release("2026.6.11", schema=3)
NEW = Release("2026.9.6", schema=5)
SAME = Release("2026.6.12", schema=3)
PROGRAM = ("clawupgrade",)


def upgraded(new: Release) -> Machine:
    machine = born([OLD, new])
    request = request_for(machine, new.version)
    upgrade(machine.host(), machine.runs(), request, "20260901T000000Z-a", program=PROGRAM, agree=lambda found: None)
    machine.world.time += 86_400
    machine.world.beat()
    return machine


def taken_back(machine: Machine, run_id: str = "20260902T000000Z-b", *, undo: bool = False) -> tuple[Report, Return]:
    seen: list[Return] = []
    report = rollback(
        machine.host(),
        machine.runs(),
        request_for(machine),
        run_id,
        program=PROGRAM,
        agree=seen.append,
        undo=undo,
    )
    return report, seen[0]


def test_a_migrated_state_goes_back_with_the_code_and_what_that_loses_is_said() -> None:
    machine = upgraded(NEW)
    report, shown = taken_back(machine)
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, OLD.version)
    assert machine.world.layout.database_path in shown.lost
    assert "the state goes back too" in shown.reason
    assert machine.world.daemon is not None
    assert machine.world.daemon.release == OLD
    assert machine.world.violations == []


def test_a_state_that_the_old_code_can_read_stays() -> None:
    machine = upgraded(SAME)
    heard = machine.world.heard
    report, shown = taken_back(machine)
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, OLD.version)
    assert shown.lost == ()
    database = machine.world.disk.file(machine.world.layout.database_path) or b""
    assert heard[-1].line in database, "what was said to the newer gateway is kept"


def test_a_rollback_can_be_taken_back() -> None:
    machine = upgraded(SAME)
    taken_back(machine)
    report, _ = taken_back(machine, "20260903T000000Z-c", undo=True)
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, SAME.version)
    assert machine.world.daemon is not None
    assert machine.world.daemon.release == SAME


def test_nothing_to_take_back() -> None:
    with pytest.raises(Refused, match="no upgrade to take back"):
        taken_back(born([OLD]))


def test_a_machine_that_somebody_changed_since_is_left_alone() -> None:
    machine = upgraded(NEW)
    newer = replace(NEW, version="2026.9.7")
    world = machine.world
    world.registry = {**world.registry, newer.spec: newer}
    for path, content in newer.tree().items():
        world.disk.put_text(f"{world.layout.root}/{path}", content.decode())
    with pytest.raises(Refused, match="is installed now"):
        taken_back(machine)


def test_a_rollback_that_is_cut_off_is_itself_taken_back() -> None:
    machine = upgraded(NEW)
    probe = machine.fork()
    taken_back(probe)
    crash = next(each.number for each in probe.world.faults.seen if each.name.startswith("restore"))
    struck = machine.fork(Fault(crash, Way.AFTER))
    with pytest.raises(Crash):
        taken_back(struck)
    later = struck.fork()
    taken_back(later, "20260903T000000Z-c")
    assert later.install().package.version == OLD.version
    assert later.world.violations == []
