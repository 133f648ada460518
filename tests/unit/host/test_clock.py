"""The machine's time."""

from __future__ import annotations

from datetime import timedelta

from clawupgrade.host.clock import SystemClock


def test_now_knows_that_it_is_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_sleeping_is_left_to_who_knows_of_signals() -> None:
    waits: list[float] = []
    clock = SystemClock(waits.append)
    clock.sleep(3.5)
    clock.sleep(0)
    clock.sleep(-1)
    assert waits == [3.5]


def test_monotonic_goes_on() -> None:
    clock = SystemClock()
    first = clock.monotonic()
    clock.sleep(0.01)
    assert clock.monotonic() - first >= 0.01
