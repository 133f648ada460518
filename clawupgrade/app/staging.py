"""Ahead of time: the target is built and rehearsed while the old gateway serves, and the next run switches to it."""

from __future__ import annotations

from msgspec.structs import replace

from clawupgrade.app.gate import Gate, skipped
from clawupgrade.app.prospect import prospect
from clawupgrade.app.recover import settle
from clawupgrade.app.report import report_of
from clawupgrade.app.upgrade import nothing_to_do
from clawupgrade.engine.runner import drive
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Refused
from clawupgrade.model import Engine, Report, Request
from clawupgrade.policy.decide import Skip
from clawupgrade.ports import Host
from clawupgrade.steps import steps_of


def stage(host: Host, runs: Runs, request: Request, run_id: str, *, program: tuple[str, ...], gate: Gate) -> Report:
    """Build and rehearse. Nothing stops, so no window and no idle gateway is waited for.

    An earlier stage that nobody has used goes once this one stands.

    Raises:
        Refused, Busy: a preflight check said no; or in place, or over several versions, where nothing can be staged.
        Broken: an earlier run is stuck.
    """
    settle(host, runs)
    found = prospect(host, runs, request, run_id, program=program, gate=gate, anew=True)
    if found.plan is None:
        if isinstance(found.turn, Skip):
            return skipped(found.turn, found.install, found.target)
        return nothing_to_do(found.install, ())
    if found.plan.engine is not Engine.CLONE or len(found.plan.hops) != 1:
        others = {Engine.INPLACE: "in place", Engine.IMAGE: "for a container"}
        what = others.get(found.plan.engine, "over several versions")
        raise Refused(f"{what} nothing can be staged ahead of time", "clawupgrade run does it all at once")
    plan = replace(found.plan, kind="stage")
    journal = runs.create(plan)
    drive(steps_of(plan), plan, journal, host)
    return report_of(journal.records)
