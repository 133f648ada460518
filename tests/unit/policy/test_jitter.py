"""Every installation has its own delay, the same each night."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from clawupgrade.policy.jitter import jitter

HOUR = timedelta(hours=1)


@given(st.text(), st.timedeltas(timedelta(0), timedelta(days=2)))
def test_it_is_the_same_each_time_and_within_its_span(key: str, span: timedelta) -> None:
    assert jitter(key, span) == jitter(key, span)
    assert timedelta(0) <= jitter(key, span) <= span


def test_a_fleet_is_spread_over_the_whole_span() -> None:
    delays = sorted(jitter(f"host-{number}", HOUR) for number in range(600))
    quarters = [sum(1 for each in delays if each // (HOUR / 4) == quarter) for quarter in range(4)]
    assert min(quarters) > 100
    assert len(set(delays)) > 500


def test_without_a_span_nobody_waits() -> None:
    assert jitter("host", timedelta(0)) == jitter("host", timedelta(seconds=-5)) == timedelta(0)
