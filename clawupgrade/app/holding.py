"""Hold and unhold: one small document beside the runs, which the gate reads each time."""

from __future__ import annotations

from datetime import tzinfo

import msgspec

from clawupgrade.engine.runs import Runs
from clawupgrade.policy.hold import KEPT_AS, Hold, moment
from clawupgrade.ports import Host


def set_hold(host: Host, runs: Runs, until: str | None, reason: str, zone: tzinfo) -> Hold:
    """Let no run begin; a hold that stands is replaced. Raises UsageError for an `until` that is no time to come."""
    now = host.clock.now()
    found = Hold(now, moment(until, now, zone) if until else None, reason)
    runs.keep(KEPT_AS, msgspec.to_builtins(found))
    return found


def lift(runs: Runs) -> None:
    """Let runs begin again; also right where nothing was held."""
    runs.keep(KEPT_AS, {})
