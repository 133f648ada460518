"""Earlier runs, read from their journals: which one can be taken back, and what going back would need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from clawupgrade.app.report import report_of
from clawupgrade.engine import journal as kinds
from clawupgrade.engine.runs import Runs
from clawupgrade.model import Outcome, Plan, plan_from_json

CHANGED = (Outcome.UPGRADED, Outcome.NEEDS_PERSON)


class Earlier(Struct, frozen=True):
    """A run: its plan, whether its journal is closed, and whether it left the machine changed, or a stage behind."""

    plan: Plan
    closed: bool
    changed: bool
    staged: bool = False


def earlier_runs(runs: Runs) -> Iterator[Earlier]:
    """All runs, the newest first."""
    for run_id in reversed(runs.ids()):
        records = runs.load(run_id).records
        closed = records[-1].kind == kinds.RUN_CLOSED
        outcome = report_of(records).outcome if closed else None
        plan = plan_from_json(dict(records[0].data))
        yield Earlier(plan, closed, outcome in CHANGED, outcome is Outcome.STAGED)


def prepared(every: Iterable[Earlier]) -> Plan | None:
    """The run whose stage the next one can take: the last that staged, unless something was changed since.

    every: newest first.
    """
    for each in every:
        if each.staged or each.changed:
            return each.plan if each.staged else None
    return None


def run_to_take_back(every: Collection[Earlier], kind: str, of: str | None = None) -> Plan | None:
    """The run named `of`, else the last of a kind (`upgrade`, `rollback`) that was not taken back since.

    every: newest first. None: there is no such run, or it changed nothing, or it was taken back.
    """
    taken_back: set[str] = set()
    for plan in (each.plan for each in every if each.changed):
        if plan.run_id in taken_back:
            continue
        if (of is None and plan.kind == kind) or plan.run_id == of:
            return plan
        if plan.takes_back:
            taken_back.add(plan.takes_back)
    return None
