"""The whole policy of a run, in one pure function of its steps and its records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct

from clawupgrade.engine import journal
from clawupgrade.engine.journal import Record
from clawupgrade.engine.step import Step
from clawupgrade.errors import JournalDamaged
from clawupgrade.model import Outcome

_TURNS_BACK = {journal.STEP_FAILED, journal.RUN_CANCELLED, journal.RUN_INTERRUPTED}


class Do(Struct, frozen=True):
    """Take the next step forward."""

    step: Step


class Undo(Struct, frozen=True):
    """Take a begun step back."""

    step: Step


class Close(Struct, frozen=True):
    """Nothing is left to do but to write down how it ended."""

    outcome: Outcome


class Stuck(Struct, frozen=True):
    """Going back failed at this step; a person has to look, then `recover --retry`."""

    step: str
    reason: str


class Closed(Struct, frozen=True):
    """It has ended, and this is how."""

    outcome: Outcome


Next: TypeAlias = Do | Undo | Close | Stuck | Closed


def decide(steps: Sequence[Step], records: Sequence[Record]) -> Next:
    """What comes next.

    Forward while nothing went wrong. The last `step.done` is the commit point: after it the answer
    is always Close. Before it, a failure, a cancellation or an interruption turns the run back, and
    the begun steps are undone in reverse order, for good.

    Raises:
        JournalDamaged: the records do not belong to these steps.
    """
    if not records or records[0].kind != journal.RUN_OPENED:
        raise JournalDamaged("the journal does not begin with the run's plan")
    by_name = {step.name: step for step in steps}
    begun: list[str] = []
    done: set[str] = set()
    undone: set[str] = set()
    turned_back = False
    stuck: Stuck | None = None
    for record in records[1:]:
        if record.step and record.step not in by_name:
            raise JournalDamaged(f"the journal names a step “{record.step}” that its plan does not have")
        match record.kind:
            case journal.STEP_BEGAN:
                begun.append(record.step)
            case journal.STEP_DONE:
                done.add(record.step)
            case journal.UNDO_DONE:
                undone.add(record.step)
            case journal.UNDO_FAILED:
                stuck = Stuck(record.step, str(record.data.get("error", "")))
            case journal.RUN_RETRIED:
                stuck = None
            case journal.RUN_CLOSED:
                return Closed(Outcome(record.data["outcome"]))
        committed = len(done) == len(steps)
        turned_back = turned_back or (record.kind in _TURNS_BACK and not committed)
    if stuck is not None:
        return stuck
    if len(done) == len(steps) and not turned_back:
        return Close(_outcome_of_success(records))
    if turned_back:
        for name in reversed(begun):
            if name not in undone:
                return Undo(by_name[name])
        touched = any(by_name[name].live for name in begun)
        return Close(Outcome.ROLLED_BACK if touched else Outcome.FAILED_CLEAN)
    return Do(next(step for step in steps if step.name not in done))


def _outcome_of_success(records: Sequence[Record]) -> Outcome:
    wants_person = any(r.kind == journal.STEP_DONE and r.data.get("needs_person") for r in records)
    return Outcome.NEEDS_PERSON if wants_person else Outcome.UPGRADED
