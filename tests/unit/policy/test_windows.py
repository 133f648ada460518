"""Windows over every change of the clock: open when the wall clock says so, and never lost for good."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clawupgrade.policy.windows import Window, openings, window

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kolkata"), UTC]
MINUTES = st.integers(min_value=0, max_value=1439).map(lambda minute: time(minute // 60, minute % 60))
WINDOWS = st.builds(Window, st.frozensets(st.integers(0, 6), min_size=1), MINUTES, MINUTES)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
HOUR = timedelta(hours=1)


def opening(text: str, since: str, zone: ZoneInfo = BERLIN) -> tuple[str, str]:
    """The first occurrence after a local time, in local time."""
    found = next(openings([window(text)], zone, datetime.fromisoformat(since).replace(tzinfo=zone)))
    return tuple(f"{each.astimezone(zone):%a %d %H:%M}" for each in (found.begin, found.end))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "since", "expected"),
    [
        ("02:00-05:00", "2026-11-23T12:00", ("Tue 24 02:00", "Tue 24 05:00")),
        ("02:00-05:00", "2026-11-23T04:59", ("Mon 23 02:00", "Mon 23 05:00")),
        ("02:00-05:00", "2026-11-23T05:00", ("Tue 24 02:00", "Tue 24 05:00")),
        ("22:00-02:00", "2026-11-23T01:00", ("Sun 22 22:00", "Mon 23 02:00")),
        ("Sun 22:00-02:00", "2026-11-23T01:00", ("Sun 22 22:00", "Mon 23 02:00")),
        ("Mon 22:00-02:00", "2026-11-23T01:00", ("Mon 23 22:00", "Tue 24 02:00")),
        ("Sat,Sun 01:00-07:00", "2026-11-23T12:00", ("Sat 28 01:00", "Sat 28 07:00")),
        ("Fri-Mon 01:00-07:00", "2026-11-23T12:00", ("Fri 27 01:00", "Fri 27 07:00")),
        ("00:00-00:00", "2026-11-23T12:00", ("Mon 23 00:00", "Tue 24 00:00")),
        # The night in which 02:00 is followed by 03:00, and the one in which 03:00 is followed by 02:00 again.
        ("01:30-04:00", "2026-03-28T12:00", ("Sun 29 01:30", "Sun 29 04:00")),
        ("02:30-04:00", "2026-03-28T12:00", ("Sun 29 03:30", "Sun 29 04:00")),
        ("02:00-03:00", "2026-03-28T12:00", ("Mon 30 02:00", "Mon 30 03:00")),
        ("02:00-04:00", "2026-10-24T12:00", ("Sun 25 02:00", "Sun 25 04:00")),
    ],
)
def test_when_it_opens_and_closes(text: str, since: str, expected: tuple[str, str]) -> None:
    assert opening(text, since) == expected


def test_the_night_of_two_hours_is_an_hour_longer_when_the_clock_goes_back() -> None:
    since = datetime(2026, 10, 24, 12, tzinfo=UTC)
    found = next(openings([window("02:00-04:00")], BERLIN, since))
    assert found.end - found.begin == 3 * HOUR


@pytest.mark.parametrize("text", ["", "2-5", "02:00", "25:00-26:00", "02:60-03:00", "Mo 02:00-05:00"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        window(text)


@given(st.lists(WINDOWS, min_size=1, max_size=3), st.sampled_from(ZONES), INSTANTS)
@settings(deadline=None)
def test_the_next_opening_is_near_and_not_over(windows: list[Window], zone: ZoneInfo, now: datetime) -> None:
    found = list(openings(windows, zone, now))
    assert found, "a window of every week opens within nine days"
    assert found == sorted(found, key=lambda each: each.begin)
    for each in found:
        assert each.end > max(now, each.begin)


@given(WINDOWS, st.sampled_from(ZONES), INSTANTS)
@settings(deadline=None)
def test_it_lasts_as_long_as_it_says_but_for_the_change_of_the_clock(
    one: Window, zone: ZoneInfo, now: datetime
) -> None:
    for each in openings([one], zone, now):
        assert abs(each.end - each.begin - one.nominal) <= HOUR


@given(WINDOWS, st.sampled_from(ZONES), INSTANTS)
@settings(deadline=None)
def test_it_is_open_exactly_when_the_wall_clock_says_so_on_days_without_a_change(
    one: Window, zone: ZoneInfo, now: datetime
) -> None:
    local = now.astimezone(zone)
    around = [(local + timedelta(days=days)).utcoffset() for days in (-2, 2)]
    if around[0] != around[1] or around[0] != local.utcoffset():
        return
    clock = local.time().replace(tzinfo=None)
    overnight = one.end <= one.begin
    today = local.weekday() in one.days and one.begin <= clock and (overnight or clock < one.end)
    since_yesterday = overnight and (local.weekday() - 1) % 7 in one.days and clock < one.end
    is_open = any(each.begin <= now for each in openings([one], zone, now))
    assert is_open == (today or since_yesterday)
