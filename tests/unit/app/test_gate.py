"""The gate before a run, over a whole machine: what it holds back, what it waits for, and what it never stops."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from msgspec.structs import replace

from clawupgrade.app.finish import finish
from clawupgrade.app.gate import Gate
from clawupgrade.app.holding import lift, set_hold
from clawupgrade.app.prospect import prospect
from clawupgrade.app.quarantine import clear, entries, heed, learn
from clawupgrade.app.upgrade import upgrade
from clawupgrade.errors import Exit, Refused, UsageError
from clawupgrade.model import Outcome, Report
from clawupgrade.policy.decide import Skip
from clawupgrade.policy.settings import Settings
from clawupgrade.policy.windows import window
from clawupgrade.testing.faults import Crash, Fault, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release, Serving

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)
BAD = Release("2026.9.7", schema=5, serving=Serving.BROKEN)
PROGRAM = ("clawupgrade",)
HOUR = timedelta(hours=1)


def asked(machine: Machine, gate: Gate, run_id: str = "20260901T000000Z-a", to: str | None = None) -> Report:
    """An upgrade through a gate, finished."""
    host, runs = machine.host(), machine.runs()
    report = upgrade(host, runs, request_for(machine, to), run_id, program=PROGRAM, agree=lambda _: None, gate=gate)
    finish(host, runs, report)
    return report


def opening(machine: Machine, begin: timedelta, end: timedelta) -> Settings:
    """A window of every day, relative to the machine's time, rounded up to the minute."""
    now = machine.host().clock.now()
    text = f"{now + begin + timedelta(minutes=1):%H:%M}-{now + end + timedelta(minutes=1):%H:%M}"
    return Settings(when_windows=(window(text),))


def test_a_held_machine_is_left_alone_until_it_is_no_longer_held() -> None:
    machine = born([OLD, NEW])
    host, runs = machine.host(), machine.runs()
    set_hold(host, runs, "3d", "demo day", UTC)
    report = asked(machine, Gate())
    assert (report.outcome, report.exit_code, report.reason, report.changed) == (
        Outcome.SKIPPED,
        Exit.OK,
        "held",
        False,
    )
    assert machine.world.faults.seen == []
    assert asked(machine.fork(), Gate(force=True)).outcome is Outcome.UPGRADED
    later = machine.fork()
    later.world.time += timedelta(days=3).total_seconds()
    assert asked(later, Gate()).outcome is Outcome.UPGRADED
    lift(runs)
    assert asked(machine, Gate()).outcome is Outcome.UPGRADED


def test_it_waits_for_its_window_and_then_looks_at_the_world_of_then() -> None:
    machine = born([OLD, NEW])
    began = machine.world.time
    report = asked(machine, Gate(opening(machine, HOUR, 2 * HOUR)))
    assert report.outcome is Outcome.UPGRADED
    assert machine.world.time - began >= HOUR.total_seconds()


def test_a_window_that_closes_in_the_middle_stops_nothing() -> None:
    machine = born([OLD, NEW])
    machine.world.time = 4670.0  # ten seconds before the full minute
    short = Settings(when_windows=(window("01:17-01:18"),))
    assert asked(machine, Gate(short)).outcome is Outcome.UPGRADED
    assert machine.world.time > 4690, "the run must have outlasted its window for this test to say anything"


def test_a_run_that_was_cut_off_is_ended_whatever_forbids_a_new_one() -> None:
    base = born([OLD, NEW])
    fork = base.fork()
    asked(fork, Gate())
    crash = next(each.number for each in fork.world.faults.seen if each.name.startswith("exchange"))
    machine = base.fork(Fault(crash, Way.AFTER))
    with pytest.raises(Crash):
        asked(machine, Gate())
    later = machine.fork()
    set_hold(later.host(), later.runs(), None, "", UTC)
    report = asked(later, Gate(), "20260902T000000Z-b")
    assert (report.outcome, report.reason) == (Outcome.SKIPPED, "held")
    assert report.notes[0].startswith("run 20260901T000000Z-a had been cut off")
    assert later.world.daemon is not None
    assert later.world.daemon.release == OLD


def test_a_signal_ends_the_wait() -> None:
    machine = born([OLD, NEW])
    host, runs = machine.host(signal=15), machine.runs()
    gate = Gate(opening(machine, HOUR, 2 * HOUR))
    report = upgrade(host, runs, request_for(machine), "r", program=PROGRAM, agree=lambda _: None, gate=gate)
    assert (report.outcome, report.exit_code, report.reason) == (Outcome.SKIPPED, 143, "signalled")


def test_a_file_in_the_inhibit_folder_forbids_a_run() -> None:
    machine = born([OLD, NEW])
    machine.world.disk.put_text("/run/no/backup", "")
    assert asked(machine, Gate(Settings(when_inhibit="/run/no"))).reason == "inhibited"
    assert asked(machine, Gate(Settings(when_inhibit="/run/none"))).outcome is Outcome.UPGRADED


def test_a_pin_is_gone_to_and_stayed_at() -> None:
    machine = born([OLD, NEW, BAD])
    gate = Gate(Settings(pin=NEW.version))
    assert asked(machine, gate).to_version == NEW.version
    assert asked(machine, gate, "20260902T000000Z-b").outcome is Outcome.NOTHING_TO_DO


def test_a_bad_release_is_tried_once_and_the_newer_good_one_is_taken() -> None:
    machine = born([OLD, BAD])
    assert asked(machine, Gate()).outcome is Outcome.ROLLED_BACK
    (entry,) = entries(machine.runs())
    assert (entry.version, entry.run_id, entry.times) == (BAD.version, "20260901T000000Z-a", 1)
    for night in ("b", "c"):
        report = asked(machine, Gate(), f"20260902T000000Z-{night}")
        assert (report.outcome, report.exit_code, report.reason) == (Outcome.SKIPPED, Exit.OK, "quarantined")
        assert BAD.version in report.message
    good = Release("2026.9.8", schema=5)
    machine.world.registry = {**machine.world.registry, good.spec: good}  # type: ignore[dict-item]
    assert asked(machine, Gate(), "20260904T000000Z-d").to_version == good.version
    assert entries(machine.runs()) == ()


def test_it_is_tried_again_when_the_time_is_up_or_somebody_insists_or_clears_it() -> None:
    machine = born([OLD, BAD])
    asked(machine, Gate())
    assert asked(machine.fork(), Gate(force=True), "20260902T000000Z-b").outcome is Outcome.ROLLED_BACK
    later = machine.fork()
    later.world.time += timedelta(days=14).total_seconds()
    assert asked(later, Gate(), "20260915T000000Z-b").outcome is Outcome.ROLLED_BACK
    assert entries(later.runs())[0].times == 2
    with pytest.raises(UsageError):
        clear(machine.runs(), "2026.1.1")
    assert clear(machine.runs(), BAD.version) == (BAD.version,)
    assert asked(machine, Gate(), "20260902T000000Z-b").outcome is Outcome.ROLLED_BACK


def test_a_full_disk_and_a_signal_say_nothing_about_the_release() -> None:
    base = born([OLD, NEW])
    fork = base.fork()
    asked(fork, Gate())
    doctor = next(each.number for each in fork.world.faults.seen if each.name.startswith("openclaw writes"))
    full = base.fork(Fault(doctor, Way.ERROR))
    assert asked(full, Gate()).outcome in (Outcome.ROLLED_BACK, Outcome.FAILED_CLEAN, Outcome.BROKEN)
    assert entries(full.runs()) == ()
    stopped = base.fork()
    host, runs = stopped.host(signal=15, since=doctor), stopped.runs()
    report = upgrade(host, runs, request_for(stopped), "r", program=PROGRAM, agree=lambda _: None)
    learn(host, runs, report)
    assert report.outcome is Outcome.ROLLED_BACK
    assert entries(runs) == ()


def test_a_look_says_that_a_run_would_not_begin() -> None:
    machine = born([OLD, NEW])
    host, runs = machine.host(), machine.runs()
    set_hold(host, runs, None, "", UTC)
    found = prospect(host, runs, request_for(machine), "r", program=PROGRAM, gate=Gate())
    assert found.plan is not None
    assert isinstance(found.turn, Skip)
    skips = replace(Settings(), skip=(NEW.version,))
    assert prospect(host, runs, request_for(machine), "r", program=PROGRAM, gate=Gate(skips)).plan is None


def published(version: str, days: float) -> Release:
    """A release that came out so many days before the machine's time."""
    now = born([OLD]).host().clock.now()
    return Release(version, schema=5, published=(now - timedelta(days=days)).isoformat())


def test_a_release_that_is_too_young_does_not_hide_an_older_one() -> None:
    between, young = published("2026.8.2", 9), published("2026.9.7", 1)
    machine = born([OLD, between, published("2026.9.5", 2), young])
    careful = Gate(Settings(minimum_age=timedelta(days=5)))
    report = asked(machine, careful)
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, "2026.8.2")
    assert (again := asked(machine, careful, "20260902T000000Z-b")).outcome is Outcome.SKIPPED
    assert (again.reason, again.to_version) == ("too-young", "2026.9.7")


def test_a_version_that_is_skipped_does_not_hide_an_older_one_and_one_that_failed_does() -> None:
    between = Release("2026.8.2", schema=5)
    machine = born([OLD, between, NEW])
    report = asked(machine.fork(), Gate(Settings(skip=(NEW.version,))))
    assert (report.outcome, report.to_version) == (Outcome.UPGRADED, "2026.8.2")
    failing = born([OLD, between, BAD])
    assert asked(failing, Gate()).outcome is Outcome.ROLLED_BACK
    assert asked(failing, Gate(), "20260902T000000Z-b").reason == "quarantined"


def test_what_failed_elsewhere_is_passed_over_and_what_failed_here_keeps_its_own_words() -> None:
    machine = born([OLD, NEW])
    host, runs = machine.host(), machine.runs()
    for _ in range(2):  # told twice, it does not count twice
        heed(host, runs, NEW.version, "canary1: rolled back")
    (entry,) = entries(runs)
    assert (entry.cause, entry.times, entry.run_id) == ("canary1: rolled back", 1, "")
    for to in (None, NEW.version):
        report = asked(machine, Gate(), to=to)
        assert (report.outcome, report.reason) == (Outcome.SKIPPED, "quarantined")
    machine.world.time += timedelta(days=15).total_seconds()
    assert asked(machine.fork(), Gate()).outcome is Outcome.UPGRADED, "the time is up"
    heed(host, runs, NEW.version, "canary2: rolled back")
    assert asked(machine, Gate()).reason == "quarantined", "told anew, it counts anew"

    failing = born([OLD, BAD])
    asked(failing, Gate())
    (own,) = entries(failing.runs())
    failing.world.time += timedelta(days=15).total_seconds()
    heed(failing.host(), failing.runs(), BAD.version, "canary1: rolled back")
    (after,) = entries(failing.runs())
    assert (after.cause, after.run_id) == (own.cause, own.run_id)
    assert asked(failing, Gate(), "20260920T000000Z-b").reason == "quarantined"
    with pytest.raises(Refused):
        heed(host, runs, "the newest", "x")
