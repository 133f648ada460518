"""Nights of whole years with a simulated clock: when the gate lets a run begin, over every change of the wall clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clawupgrade.app.gate import Gate, Waited
from clawupgrade.model import Target
from clawupgrade.policy.settings import Settings
from clawupgrade.policy.windows import window
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import plan_for, request_for
from clawupgrade.testing.releases import Release

ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")]
CHANGES = [
    datetime(2026, 3, 29, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 3, 8, 6, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 4, 12, tzinfo=UTC),
    datetime(2026, 10, 3, 12, tzinfo=UTC),
]
"""Berlin's, New York's and Lord Howe's nights (there the clock moves by half an hour), about."""
INSTANTS = st.builds(lambda day, off: day + off, st.sampled_from(CHANGES), st.timedeltas(timedelta(-2), timedelta(2)))
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
    INSTANTS, st.sampled_from(ZONES), st.integers(0, 22 * 60), st.integers(30, 110), st.sampled_from([5, 60, 180, 600])
)
@settings(deadline=None, max_examples=60)
def test_a_run_begins_as_soon_as_the_wall_clock_says_so_or_not_at_all(
    called: datetime, zone: ZoneInfo, begin: int, length: int, patience: int
) -> None:
    """Compared with somebody who looks at a clock on the wall once a minute, and knows nothing of openings."""
    called = called.replace(second=0, microsecond=0)
    first, last = f"{begin // 60:02}:{begin % 60:02}", f"{(begin + length) // 60:02}:{(begin + length) % 60:02}"
    wishes = Settings(when_windows=(window(f"{first}-{last}"),), when_patience=patience * MINUTE)
    ended, now = awaited(Gate(wishes, zone), called)
    minutes = [called + count * MINUTE for count in range(patience + 1)]
    inside = [each for each in minutes if first <= f"{each.astimezone(zone):%H:%M}" < last]
    if ended.skip is None:
        assert now in inside
        earlier = [each for each in inside if each < now]
        # A time that comes twice is meant once: its second coming alone may look open and be passed over.
        assert all(each.astimezone(zone).fold for each in earlier)
    else:
        assert ended.skip.code == "outside-window"
        gap = zone.utcoffset(called + 2 * HOUR) != zone.utcoffset(called - timedelta(days=2))
        assert inside == [] or gap


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("jitter", ["0m", "90m"])
def test_every_night_of_a_year_one_run_begins_within_its_window(zone: ZoneInfo, jitter: str) -> None:
    """The timer goes off at 02:00, local time, as systemd reckons it; the window is 02:00 to 05:00."""
    wishes = Settings(when_windows=(window("02:00-05:00"),), when_jitter=int(jitter[:-1]) * MINUTE)
    gate = Gate(replace(wishes, when_patience=2 * HOUR), zone, "host one")
    turns = set()
    for night in range(365):
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
