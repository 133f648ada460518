"""Every decision: go, skip with its reason, or wait until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from clawupgrade.policy.decide import Candidate, Go, Moment, Skip, Wait, may_begin, may_disturb, may_go_to
from clawupgrade.policy.hold import Hold
from clawupgrade.policy.quarantine import Quarantined
from clawupgrade.policy.settings import Settings
from clawupgrade.policy.windows import window

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAIN = Settings()
AT = Moment(now=NOW, began=NOW, zone=UTC, key="host")
NEW = Candidate("2026.9.6", "2026.6.11")
FAILED = Quarantined("2026.9.6", "exit 78", "abc", "r", NOW - timedelta(days=1))


def code(decision: object) -> str:
    """The code of a skip, or what it is."""
    return decision.code if isinstance(decision, Skip) else type(decision).__name__


def nightly(*windows: str, **more: object) -> Settings:
    """Settings with windows."""
    return replace(PLAIN, when_windows=tuple(window(each) for each in windows), **more)  # type: ignore[arg-type]


def test_nothing_set_is_nothing_in_the_way() -> None:
    assert may_begin(PLAIN, AT) == Go()
    assert may_go_to(PLAIN, NEW, NOW) == Go()
    assert may_disturb(PLAIN, ("agent:main:main",), NOW, NOW) == Go()


@pytest.mark.parametrize(("until", "expected"), [(None, "held"), (NOW + HOUR, "held"), (NOW, "Go"), (NOW - HOUR, "Go")])
def test_a_hold_stands_until_its_time(until: datetime | None, expected: str) -> None:
    assert code(may_begin(PLAIN, replace(AT, hold=Hold(NOW - HOUR, until, "demo day")))) == expected


def test_a_hold_says_why_and_how_to_lift_it() -> None:
    found = may_begin(PLAIN, replace(AT, hold=Hold(NOW, NOW + HOUR, "demo day")))
    assert isinstance(found, Skip)
    assert "demo day" in found.reason
    assert "2026-11-23T13:00" in found.reason
    assert "unhold" in found.hint


def test_a_file_in_the_inhibit_folder_is_named() -> None:
    found = may_begin(replace(PLAIN, when_inhibit="/run/no"), replace(AT, inhibitors=("backup.lock",)))
    assert code(found) == "inhibited"
    assert isinstance(found, Skip)
    assert found.reason == "/run/no holds backup.lock"


@pytest.mark.parametrize("barred", [replace(AT, hold=Hold(NOW)), replace(AT, inhibitors=("x",))])
def test_at_once_lets_only_the_time_not_count(barred: Moment) -> None:
    assert code(may_begin(nightly("02:00-05:00"), barred, at_once=True)) in ("held", "inhibited")
    assert may_begin(nightly("02:00-05:00"), AT, at_once=True) == Go()


def test_in_a_window_it_goes_and_before_one_it_waits_as_long_as_it_may() -> None:
    assert may_begin(nightly("11:00-13:00"), AT) == Go()
    assert may_begin(nightly("13:00-14:00"), AT) == Wait(NOW + HOUR, "waiting for its time, Mon 2026-11-23 13:00 UTC")
    assert code(may_begin(nightly("15:00-16:00"), AT)) == "outside-window"
    assert code(may_begin(nightly("02:00-05:00"), AT)) == "outside-window"


def test_the_patience_counts_from_the_call_not_from_each_look() -> None:
    later = replace(AT, began=NOW - 2 * HOUR)
    assert code(may_begin(nightly("13:00-14:00"), later)) == "outside-window"


@given(st.text(max_size=20), st.timedeltas(timedelta(0), timedelta(hours=30)))
@settings(deadline=None)
def test_the_jitters_turn_lies_in_the_window_and_comes_once(key: str, span: timedelta) -> None:
    wishes = nightly("02:00-05:00", when_jitter=span, when_patience=timedelta(days=2))
    now = datetime(2026, 3, 29, 0, tzinfo=UTC)  # the night in which Berlin's 02:00 is followed by 03:00
    moment = replace(AT, now=now, began=now, zone=ZoneInfo("Europe/Berlin"), key=key)
    found = may_begin(wishes, moment)
    assert isinstance(found, Wait)
    assert now < found.until < datetime(2026, 3, 29, 3, tzinfo=UTC)
    assert may_begin(wishes, replace(moment, now=found.until)) == Go()
    assert isinstance(may_begin(wishes, replace(moment, now=found.until - timedelta(seconds=1))), Wait)


@pytest.mark.parametrize(
    ("wishes", "candidate", "expected"),
    [
        (replace(PLAIN, skip=("2026.9.6",)), NEW, "skipped-version"),
        (replace(PLAIN, skip=("2026.9.5",)), NEW, "Go"),
        (PLAIN, replace(NEW, quarantined=FAILED), "quarantined"),
        (PLAIN, replace(NEW, quarantined=FAILED, is_explicit=True), "quarantined"),
        (replace(PLAIN, minimum_age=3 * HOUR), NEW, "too-young"),
        (replace(PLAIN, minimum_age=3 * HOUR), replace(NEW, published=NOW - 2 * HOUR), "too-young"),
        (replace(PLAIN, minimum_age=3 * HOUR), replace(NEW, published=NOW + 9 * HOUR), "too-young"),
        (replace(PLAIN, minimum_age=3 * HOUR), replace(NEW, published=NOW - 3 * HOUR), "Go"),
        (replace(PLAIN, minimum_age=3 * HOUR), replace(NEW, is_explicit=True), "Go"),
        (replace(PLAIN, minimum_age=3 * HOUR, pin="2026.9.6"), NEW, "Go"),
        (replace(PLAIN, pin="2026.9.6"), replace(NEW, installed="2026.9.7"), "pinned"),
        (replace(PLAIN, pin="2026.9.6"), replace(NEW, installed="2026.9.7", is_explicit=True), "Go"),
    ],
)
def test_whether_this_very_release_may_be_had(wishes: Settings, candidate: Candidate, expected: str) -> None:
    assert code(may_go_to(wishes, candidate, NOW)) == expected


def test_a_quarantine_names_its_cause_and_its_end() -> None:
    found = may_go_to(PLAIN, replace(NEW, quarantined=FAILED), NOW)
    assert isinstance(found, Skip)
    assert found.reason == "2026.9.6 failed here on 2026-11-22 and is passed over until 2026-12-06: exit 78"
    assert "quarantine clear 2026.9.6" in found.hint


def test_a_busy_gateway_is_waited_for_until_the_deadline() -> None:
    wishes = replace(PLAIN, when_idle=timedelta(minutes=10), when_patience=HOUR)
    busy = ("agent:main:main",)
    assert may_disturb(wishes, (), NOW, NOW) == Go()
    assert may_disturb(wishes, busy, NOW, NOW) == Wait(
        NOW + timedelta(minutes=1), "waiting until idle: agent:main:main"
    )
    late = NOW + HOUR - timedelta(seconds=10)
    assert may_disturb(wishes, busy, late, NOW) == Wait(NOW + HOUR, "waiting until idle: agent:main:main")
    assert code(may_disturb(wishes, busy, NOW + HOUR, NOW)) == "busy"
    assert may_disturb(wishes, (), NOW + HOUR, NOW) == Go()
