"""The dead-man: waits for a run to close, and takes over when whoever drives it has died or hangs."""

from __future__ import annotations

from collections.abc import Callable

from clawupgrade.engine import journal as kinds
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Busy, JournalLost
from clawupgrade.model import Plan, Report, plan_from_json
from clawupgrade.ports import Clock

_TICK = 0.5
_AGAIN = 10.0


def watch(
    runs: Runs,
    run_id: str,
    clock: Clock,
    *,
    take_over: Callable[[], Report | None],
    end_holder: Callable[[], None],
) -> Report | None:
    """Comes back when the run is closed: by itself (None), or by us (its report).

    take_over: recovers under the lock; raises Busy while somebody holds it. end_holder: ends a
    driver that holds the lock long after every limit of its plan.

    Raises:
        JournalLost: until the very end the disk took no record.
    """
    plan = plan_from_json(dict(runs.load(run_id).records[0].data))
    # Not the wall clock: one that is set right in the middle would condemn a driver that is well, and
    # the hours that a laptop sleeps are nobody's fault.
    last = clock.monotonic() + allowance(plan)
    while runs.load(run_id).records[-1].kind != kinds.RUN_CLOSED:
        if clock.monotonic() > last:
            end_holder()
        try:
            return take_over()
        except Busy:
            clock.sleep(_TICK)
        except JournalLost:
            # A disk that is full, or read-only for a while: somebody may make room, and nobody else watches.
            if clock.monotonic() > last:
                raise
            clock.sleep(_AGAIN)
    return None


def allowance(plan: Plan) -> float:
    """Seconds after which a run that still goes on is taken to hang: all its limits together."""
    limits = plan.limits
    hop = limits.install + limits.doctor + 2 * limits.stop + 2 * limits.settle + 600.0
    return (len(plan.hops) + 1) * hop + len(plan.hooks) * limits.hook
