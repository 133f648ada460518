"""After a run: what no way back needs goes, and nothing that one does."""

from __future__ import annotations

import pytest

from clawupgrade.app.finish import finish
from clawupgrade.app.retention import retain, would_let_go
from clawupgrade.app.rollback import Back, rollback
from clawupgrade.app.upgrade import upgrade
from clawupgrade.errors import Refused
from clawupgrade.held import Retention
from clawupgrade.model import Outcome
from clawupgrade.planning import stage_root
from clawupgrade.testing.faults import Fault, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release

RELEASES = [Release(f"2026.6.{number}", schema=3) for number in range(1, 8)]
PROGRAM = ("clawupgrade",)


def climb(machine: Machine, steps: int) -> list[str]:
    """So many upgrades in a row, each finished; their ids."""
    ids = []
    for number in range(1, steps + 1):
        run_id = f"202609{number:02d}T000000Z-a"
        report = upgrade(
            machine.host(),
            machine.runs(),
            request_for(machine, RELEASES[number].version),
            run_id,
            program=PROGRAM,
            agree=lambda found: None,
        )
        assert finish(machine.host(), machine.runs(), report).notes == ()
        machine.world.time += 86_400
        ids.append(run_id)
    return ids


def back(machine: Machine, run_id: str, *, undo: bool = False) -> str:
    report = rollback(
        machine.host(),
        machine.runs(),
        request_for(machine),
        run_id,
        program=PROGRAM,
        agree=lambda found: None,
        back=Back(undo=undo),
    )
    assert report.outcome is Outcome.UPGRADED
    finish(machine.host(), machine.runs(), report)
    machine.world.time += 86_400
    return machine.install().package.version


def kept(machine: Machine) -> list[str]:
    return list(machine.host().files.names(stage_root(machine.install())))


def test_the_last_three_packages_stay_and_older_ones_go() -> None:
    machine = born(RELEASES)
    ids = climb(machine, 5)
    assert kept(machine) == ids[-3:]
    assert set(machine.world.snapshots) == set(ids), "snapshots are cheap, and have limits of their own"
    assert machine.world.violations == []


def test_the_way_back_and_forth_stays_open_however_often_it_is_gone() -> None:
    machine = born(RELEASES)
    climb(machine, 4)
    assert back(machine, "20260910T000000Z-b") == "2026.6.4"
    assert back(machine, "20260911T000000Z-b", undo=True) == "2026.6.5"
    assert back(machine, "20260912T000000Z-b") == "2026.6.4"
    assert back(machine, "20260913T000000Z-b") == "2026.6.3"
    assert back(machine, "20260914T000000Z-b", undo=True) == "2026.6.4"
    assert machine.world.violations == []


def test_beyond_the_kept_runs_a_rollback_says_how_else() -> None:
    machine = born(RELEASES)
    climb(machine, 4)
    for number in range(3):
        back(machine, f"2026091{number}T000000Z-b")
    with pytest.raises(Refused, match="no longer kept"):
        back(machine, "20260919T000000Z-b")


def test_a_pinned_snapshot_keeps_its_package_too() -> None:
    machine = born(RELEASES)
    first, *_ = climb(machine, 3)
    machine.host().snapshots.pin(first, pinned=True)
    more = Machine(machine.world)
    for number in (4, 5):
        upgraded = upgrade(
            more.host(),
            more.runs(),
            request_for(more, RELEASES[number].version),
            f"202609{number + 10}T000000Z-c",
            program=PROGRAM,
            agree=lambda found: None,
        )
        finish(more.host(), more.runs(), upgraded)
    assert first in kept(machine)
    assert len(kept(machine)) == 4


def test_a_policy_lets_no_snapshot_go_that_a_way_back_needs() -> None:
    machine = born(RELEASES)
    ids = climb(machine, 5)
    would = would_let_go(machine.host(), machine.runs(), Retention(count=1))
    assert len(machine.world.snapshots) == 5
    assert retain(machine.host(), machine.runs(), Retention(count=1)).snapshots.verdicts == would.snapshots.verdicts
    assert sorted(machine.world.snapshots) == ids[-3:]


def test_what_other_installations_keep_there_is_left_alone() -> None:
    machine = born(RELEASES)
    other = f"{stage_root(machine.install())}/20250101T000000Z-x/2026.6.1/lib/node_modules/openclaw/package.json"
    machine.world.disk.put_text(other, "{}")
    climb(machine, 5)
    assert machine.world.disk.at(other) is not None


def test_a_disk_that_refuses_does_not_fail_a_run_that_is_committed() -> None:
    machine = born(RELEASES)
    climb(machine, 3)
    run_id = "20260920T000000Z-d"
    report = upgrade(
        machine.host(),
        machine.runs(),
        request_for(machine, RELEASES[4].version),
        run_id,
        program=PROGRAM,
        agree=lambda found: None,
    )
    probe = machine.fork()
    finish(probe.host(), probe.runs(), report)
    for effect in probe.world.faults.seen:
        struck = machine.fork(Fault(effect.number, Way.ERROR))
        finished = finish(struck.host(), struck.runs(), report)
        assert (finished.outcome, finished.exit_code) == (Outcome.UPGRADED, 0), effect.name
        assert "could not be tidied up" in finished.notes[-1], effect.name
        later = struck.fork()
        retain(later.host(), later.runs())
        assert len(kept(later)) == 3, "the next time finishes it"
