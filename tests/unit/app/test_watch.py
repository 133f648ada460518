"""The dead-man: does nothing while somebody drives, takes over when nobody does, ends who hangs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from clawupgrade.app.watch import allowance, watch
from clawupgrade.engine import journal as kinds
from clawupgrade.errors import Busy, JournalLost
from clawupgrade.model import Plan, Report
from clawupgrade.testing.clock import MemoryClock
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import RUN, plan_for
from clawupgrade.testing.releases import Release


@pytest.fixture
def machine() -> Machine:
    return born([Release("2026.6.11"), Release("2026.9.6")])


@pytest.fixture
def plan(machine: Machine) -> Plan:
    return plan_for(machine, Release("2026.9.6"))


def test_a_run_that_is_closed_needs_nobody(machine: Machine, plan: Plan) -> None:
    machine.runs().create(plan).append(kinds.RUN_CLOSED, data={"outcome": "upgraded"})

    def take_over() -> Report | None:
        raise AssertionError("nobody died")

    assert watch(machine.runs(), RUN, MemoryClock(machine.world), take_over=take_over, end_holder=_nobody) is None


def test_it_waits_while_somebody_holds_the_lock_and_takes_over_once_it_is_free(machine: Machine, plan: Plan) -> None:
    machine.runs().create(plan)
    tries: list[float] = []

    def take_over() -> Report | None:
        tries.append(machine.world.time)
        if len(tries) < 5:
            raise Busy("somebody holds the lock")
        return None

    began = machine.world.time
    watch(machine.runs(), RUN, MemoryClock(machine.world), take_over=take_over, end_holder=_nobody)
    assert len(tries) == 5
    assert machine.world.time - began == pytest.approx(2.0)


def test_who_holds_the_lock_beyond_every_limit_is_ended(machine: Machine, plan: Plan) -> None:
    machine.runs().create(plan)
    clock = MemoryClock(machine.world)
    began = clock.monotonic()
    ended: list[float] = []

    def take_over() -> Report | None:
        if not ended:
            machine.world.time += 600.0
            raise Busy("somebody holds the lock")
        return None

    watch(machine.runs(), RUN, clock, take_over=take_over, end_holder=lambda: ended.append(machine.world.time))
    assert len(ended) == 1
    assert clock.monotonic() - began > allowance(plan)


def test_a_disk_that_is_full_for_a_while_is_waited_for(machine: Machine, plan: Plan) -> None:
    machine.runs().create(plan)
    tries: list[float] = []

    def take_over() -> Report | None:
        tries.append(machine.world.time)
        if len(tries) < 7:
            raise JournalLost("No space left on device")
        return None

    watch(machine.runs(), RUN, MemoryClock(machine.world), take_over=take_over, end_holder=_nobody)
    assert len(tries) == 7


def test_a_disk_that_stays_full_is_not_waited_for_for_ever(machine: Machine, plan: Plan) -> None:
    machine.runs().create(plan)
    began = machine.world.time

    def take_over() -> Report | None:
        raise JournalLost("Read-only file system")

    with pytest.raises(JournalLost):
        watch(machine.runs(), RUN, MemoryClock(machine.world), take_over=take_over, end_holder=lambda: None)
    assert machine.world.time - began > allowance(plan)


def test_a_clock_that_is_set_right_in_the_middle_ends_nobody(machine: Machine, plan: Plan) -> None:
    """A board without a battery starts in 1970; a laptop that slept wakes in the morning."""
    machine.runs().create(plan)
    tries: list[datetime] = []
    clock = LeapingClock(machine.world)

    def take_over() -> Report | None:
        tries.append(clock.now())
        if len(tries) < 5:
            raise Busy("somebody holds the lock")
        return None

    watch(machine.runs(), RUN, clock, take_over=take_over, end_holder=_nobody)
    assert tries[-1] - tries[0] > timedelta(days=365)


def test_there_is_room_for_every_limit_of_the_plan(plan: Plan) -> None:
    limits = plan.limits
    assert allowance(plan) > limits.install + limits.doctor + limits.stop + limits.settle


class LeapingClock(MemoryClock):
    """Every look at the wall finds it a year later."""

    __slots__ = ("_years",)

    def now(self) -> datetime:
        self._years = getattr(self, "_years", 0) + 1
        return super().now() + self._years * timedelta(days=365)


def _nobody() -> None:
    raise AssertionError("nobody is to be ended")
