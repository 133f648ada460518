"""Nights of whole years with a simulated clock: when the gate lets a run begin, over every change of the wall clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from clawupgrade.app.gate import Gate, Waited
from clawupgrade.model import Target
from clawupgrade.policy.settings import Settings
from clawupgrade.policy.windows import window
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import plan_for, request_for
from clawupgrade.testing.releases import Release

ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")]
BERLIN, NEW_YORK, LORD_HOWE, _ = ZONES
NIGHTS = [
    (BERLIN, datetime(2026, 3, 29, 1, tzinfo=UTC)),
    (BERLIN, datetime(2026, 10, 25, 1, tzinfo=UTC)),
    (NEW_YORK, datetime(2026, 3, 8, 7, tzinfo=UTC)),
    (NEW_YORK, datetime(2026, 11, 1, 6, tzinfo=UTC)),
    (LORD_HOWE, datetime(2026, 4, 4, 15, tzinfo=UTC)),
    (LORD_HOWE, datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
]
"""When the clock of a place changes; on Lord Howe it moves by half an hour."""
INSTANTS = st.builds(
    lambda night, off: night[1] + off, st.sampled_from(NIGHTS), st.timedeltas(timedelta(-2), timedelta(2))
)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NEW = Release("2026.9.6")
MACHINE = born([Release("2026.6.11"), NEW])
INSTALL = plan_for(MACHINE, NEW).install


def at(now: datetime) -> Machine:
    """The machine at an instant."""
    machine = MACHINE.fork()
    machine.world.time += (now - machine.host().clock.now()).total_seconds()
    return machine


def awaited(gate: Gate, now: datetime) -> tuple[Waited, datetime]:
    """How a command's wait for its turn ended, and when."""
    machine = at(now)
    host = machine.host()
    return gate.await_turn(host, machine.runs(), now), host.clock.now()


@given(
    st.sampled_from(NIGHTS),
    st.integers(-600, 600),
    st.integers(0, 6 * 60),
    st.integers(20, 240),
    st.sampled_from([5, 60, 180, 600]),
)
@settings(deadline=None, max_examples=80)
def test_a_run_begins_as_soon_as_the_wall_clock_says_so_or_not_at_all(
    night: tuple[ZoneInfo, datetime], off: int, begin: int, length: int, patience: int
) -> None:
    """Compared with somebody who looks at a clock on the wall once a minute, and knows nothing of openings."""
    zone, called = night[0], night[1] + off * MINUTE
    end = begin + length
    text = f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    wishes = Settings(when_windows=(window(text),), when_patience=patience * MINUTE)
    ended, now = awaited(Gate(wishes, zone), called)
    inside = [each for each in open_minutes(called, patience, zone, begin, end) if each >= called]
    if ended.skip is None:
        assert now == inside[0]
    else:
        assert ended.skip.code == "outside-window"
        assert inside == []


def open_minutes(called: datetime, patience: int, zone: ZoneInfo, begin: int, end: int) -> Iterator[datetime]:
    """It opens when the clock shows its beginning, and is over once the clock has shown its end, each day anew.

    Where a day leaves one of them out, it comes as much later as the day leaves out.
    """
    for ahead in (-1, 0, 1):
        minutes = minutes_of(zone, called.astimezone(zone).date() + timedelta(days=ahead))
        shown = {minute for _, minute in minutes}
        left_out = 24 * 60 - len(shown)
        first, last = (edge if edge in shown else edge + left_out for edge in (begin, end))
        over = False
        is_open = False
        for instant, minute in minutes:
            over = over or minute >= last
            is_open = is_open or minute >= first
            if is_open and not over and instant <= called + patience * MINUTE:
                yield instant


@cache
def minutes_of(zone: ZoneInfo, day: date) -> tuple[tuple[datetime, int], ...]:
    """Each minute of a local day in its order: the instant, and the minutes since midnight that the clock shows."""
    noon = datetime.combine(day, time(12), zone).astimezone(UTC)
    locals_ = ((each, each.astimezone(zone)) for each in (noon + count * MINUTE for count in range(-900, 900)))
    return tuple((each, local.hour * 60 + local.minute) for each, local in locals_ if local.date() == day)


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("jitter", ["0m", "90m"])
def test_every_night_of_a_year_one_run_begins_within_its_window(zone: ZoneInfo, jitter: str) -> None:
    """The timer goes off at 02:00, local time, as systemd reckons it; the window is 02:00 to 05:00."""
    wishes = Settings(when_windows=(window("02:00-05:00"),), when_jitter=int(jitter[:-1]) * MINUTE)
    gate = Gate(replace(wishes, when_patience=2 * HOUR), zone, "host one")
    turns = set()
    # Waiting costs a look a minute: with jitter the weeks around the changes of the clock have to do.
    for night in range(365) if jitter == "0m" else (*range(62, 98), *range(272, 308)):
        day = datetime(2026, 1, 1, 2, 0, tzinfo=zone) + timedelta(days=night)
        called = day.astimezone(UTC)
        ended, now = awaited(gate, called)
        assert ended.skip is None, (day, ended)
        local = now.astimezone(zone)
        assert local.date() == day.date()
        assert "02:00" <= f"{local:%H:%M}" < "05:00"
        assert now - called <= int(jitter[:-1]) * MINUTE + MINUTE
        turns.add(now - called)
    assert max(turns) - min(turns) <= MINUTE, "the same delay each night"


@given(INSTANTS, st.integers(0, 40), st.integers(-12, 14), st.integers(1, 96))
@settings(deadline=None, max_examples=60)
def test_the_age_of_a_release_is_time_that_has_passed_whatever_the_clocks_say(
    now: datetime, days: int, offset: int, hours: int
) -> None:
    """A registry's time may be written with any offset."""
    machine = at(now)
    published = (now - timedelta(days=days)).astimezone(timezone(offset * HOUR))
    gate = Gate(Settings(minimum_age=timedelta(hours=hours)), ZONES[0])
    target = Target(NEW.version, "openclaw", f"openclaw@{NEW.version}", published_at=published.isoformat())
    skip = gate.judge(machine.host(), machine.runs(), request_for(machine), INSTALL, target)
    assert (skip is None) == (timedelta(days=days) >= timedelta(hours=hours))
    if skip is not None:
        machine.host().clock.sleep((timedelta(hours=hours) - timedelta(days=days)).total_seconds())
        assert gate.judge(machine.host(), machine.runs(), request_for(machine), INSTALL, target) is None
