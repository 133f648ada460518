"""Faults planted in the engine and the journal: each is one careless line that somebody might write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from clawupgrade.app import recover as recovering
from clawupgrade.engine import decide as deciding
from clawupgrade.engine import journal as kinds
from clawupgrade.engine import runner
from clawupgrade.engine.decide import Close, Next, Undo, decide
from clawupgrade.engine.journal import Journal, Record
from clawupgrade.engine.step import Step
from clawupgrade.model import Outcome, Plan
from clawupgrade.ports import Host
from clawupgrade.testing.runs import MemoryJournal
from crash import trial

Patch = pytest.MonkeyPatch
Decide = Callable[[Sequence[Step], Sequence[Record]], Next]


def began_written_after_do(patch: Patch) -> None:
    """The intent is written down when the work is done."""

    def take(step: Step, plan: Plan, journal: Journal, host: Host) -> None:
        try:
            step.do(host, plan)
            journal.append(kinds.STEP_BEGAN, step.name)
            journal.append(kinds.STEP_DONE, step.name, dict(step.prove(host, plan)))
        except Exception as error:
            journal.append(kinds.STEP_FAILED, step.name, {"error": str(error)})

    patch.setattr(runner, "_take", take)


def no_commit_point(patch: Patch) -> None:
    """A run that was cut off between its last step and its closing is taken back all the same."""

    def choose(steps: Sequence[Step], records: Sequence[Record]) -> Next:
        if records[-1].kind == kinds.RUN_CLOSED or not _interrupted(records):
            return decide(steps, records)
        rest = _to_undo(steps, records)
        return Undo(rest[-1]) if rest else Close(Outcome.ROLLED_BACK)

    _decide_by(patch, choose)


def committed_too_early(patch: Patch) -> None:
    """Once the new gateway has started, the run counts as done."""

    def choose(steps: Sequence[Step], records: Sequence[Record]) -> Next:
        done = [record for record in records if record.kind == kinds.STEP_DONE]
        started = done and done[-1].step.startswith("start:") and records[-1].kind == kinds.STEP_DONE
        return Close(Outcome.UPGRADED) if started else decide(steps, records)

    _decide_by(patch, choose)


def undone_forward(patch: Patch) -> None:
    """Steps are undone in the order in which they were done."""

    def choose(steps: Sequence[Step], records: Sequence[Record]) -> Next:
        turn = decide(steps, records)
        return Undo(_to_undo(steps, records)[0]) if isinstance(turn, Undo) else turn

    _decide_by(patch, choose)


def half_done_is_not_undone(patch: Patch) -> None:
    """A step that began and did not end is skipped on the way back."""

    def choose(steps: Sequence[Step], records: Sequence[Record]) -> Next:
        turn = decide(steps, records)
        done = {record.step for record in records if record.kind == kinds.STEP_DONE}
        rest = [step for step in _to_undo(steps, records) if step.name in done]
        if not isinstance(turn, Undo):
            return turn
        return Undo(rest[-1]) if rest else Close(Outcome.ROLLED_BACK)

    _decide_by(patch, choose)


def recovery_goes_forward(patch: Patch) -> None:
    """Recovery takes the run up where it was cut off."""
    patch.setattr(deciding, "_TURNS_BACK", {kinds.STEP_FAILED, kinds.RUN_CANCELLED})


def closed_before_quiesce_is_undone(patch: Patch) -> None:
    """Package and state are back: close, and leave the gateway to somebody else."""

    def choose(steps: Sequence[Step], records: Sequence[Record]) -> Next:
        turn = decide(steps, records)
        is_quiesce = isinstance(turn, Undo) and turn.step.name == "quiesce"
        return Close(Outcome.ROLLED_BACK) if is_quiesce else turn

    _decide_by(patch, choose)


def undo_failure_is_ignored(patch: Patch) -> None:
    """What cannot be undone is left, and the rest goes on."""

    def take_back(step: Step, plan: Plan, journal: Journal, host: Host) -> None:
        with suppress(Exception):
            step.undo(host, plan)
        journal.append(kinds.UNDO_DONE, step.name)

    patch.setattr(runner, "_take_back", take_back)


def torn_tail_stays(patch: Patch) -> None:
    """The next record is written behind half a record."""

    def write(journal: MemoryJournal, name: str, line: bytes) -> None:
        before = journal._world.journals[journal._run_id]
        journal._world.effect(
            f"journal {name}",
            lambda: journal._keep(before + line),
            lambda: journal._keep(before + line[: len(line) // 2]),
            fills=True,
        )

    patch.setattr(MemoryJournal, "_write", write)


def _to_undo(steps: Sequence[Step], records: Sequence[Record]) -> list[Step]:
    undone = {record.step for record in records if record.kind == kinds.UNDO_DONE}
    begun = {record.step for record in records if record.kind == kinds.STEP_BEGAN}
    return [step for step in steps if step.name in begun - undone]


def _interrupted(records: Sequence[Record]) -> bool:
    return any(record.kind == kinds.RUN_INTERRUPTED for record in records)


def _decide_by(patch: Patch, choose: Decide) -> None:
    for module in (runner, recovering):
        patch.setattr(module, "decide", choose)
    assert trial.drive is runner.drive
