"""Drives a run: write the intent, act, write the result; the same loop for a run and its recovery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from clawupgrade.engine import journal as kinds
from clawupgrade.engine.decide import Close, Closed, Do, Stuck, Undo, decide
from clawupgrade.engine.journal import Journal
from clawupgrade.engine.step import Step
from clawupgrade.errors import ClawupgradeError, StepFailed
from clawupgrade.model import Outcome, Plan
from clawupgrade.ports import Event, Host


def drive(steps: Sequence[Step], plan: Plan, journal: Journal, host: Host, *, stop_before: str = "") -> Outcome:
    """Carry the run to its end, whichever that is, from wherever its journal stands.

    Before the commit point a signal that the fence has taken turns the run back; on the way back
    no signal stops it. Comes back with the outcome; BROKEN means an undo failed and nothing more
    was touched. `stop_before` names a step before whose undoing the journal is left open; the
    outcome is BROKEN until somebody goes on from there.
    """
    host.say(_beginning(steps, plan, journal))
    outcome = _carry(steps, plan, journal, host, stop_before)
    host.say(Event("run.ended", text=outcome.value))
    return outcome


def _carry(steps: Sequence[Step], plan: Plan, journal: Journal, host: Host, stop_before: str) -> Outcome:
    while True:
        turn = decide(steps, journal.records)
        match turn:
            case Do(step):
                if (signal := host.fence.taken()) is not None:
                    journal.append(kinds.RUN_CANCELLED, data={"signal": signal})
                    host.say(Event("note", text="a signal asked to stop: going back"))
                    continue
                _take(step, plan, journal, host)
            case Undo(step) if step.name == stop_before:
                return Outcome.BROKEN
            case Undo(step):
                host.fence.shut()
                _take_back(step, plan, journal, host)
            case Close(outcome):
                journal.append(kinds.RUN_CLOSED, data={"outcome": outcome.value})
            case Closed(outcome):
                return outcome
            case Stuck():
                return Outcome.BROKEN
            case _:
                assert_never(turn)


def _beginning(steps: Sequence[Step], plan: Plan, journal: Journal) -> Event:
    """All that a view needs to draw the run: its steps, how far they are, how the gateway was."""
    marks = {
        kinds.STEP_DONE: "done",
        kinds.STEP_FAILED: "failed",
        kinds.UNDO_DONE: "undone",
        kinds.UNDO_FAILED: "stuck",
    }
    return Event(
        "run.began",
        data={
            "run": plan.run_id,
            "kind": plan.kind,
            "from": plan.install.package.version,
            "to": plan.target,
            "gateway": plan.install.baseline.was.value if plan.install.service.active else "down",
            "steps": [step.name for step in steps],
            "marks": {record.step: marks[record.kind] for record in journal.records if record.kind in marks},
        },
    )


def _take(step: Step, plan: Plan, journal: Journal, host: Host) -> None:
    began = host.clock.monotonic()
    journal.append(kinds.STEP_BEGAN, step.name)
    host.say(Event("step.began", step.name))
    try:
        step.do(host, plan)
        evidence: dict[str, Any] = dict(step.prove(host, plan))
    except Exception as error:  # whatever it is, the answer is the same: back
        failure = _failure(error, host)
        if (signal := host.fence.taken()) is not None:
            failure["signal"] = signal  # a child that the fence ended failed by that, not by itself
        journal.append(kinds.STEP_FAILED, step.name, failure | {"seconds": _since(began, host)})
        host.say(Event("step.failed", step.name, failure["error"]))
        return
    evidence["seconds"] = _since(began, host)
    journal.append(kinds.STEP_DONE, step.name, evidence)
    host.say(Event("step.done", step.name, data=evidence))


def _take_back(step: Step, plan: Plan, journal: Journal, host: Host) -> None:
    began = host.clock.monotonic()
    journal.append(kinds.UNDO_BEGAN, step.name)
    host.say(Event("undo.began", step.name))
    try:
        evidence = dict(step.undo(host, plan))
    except Exception as error:  # whatever it is, nobody may go on over it
        failure = _failure(error, host)
        journal.append(kinds.UNDO_FAILED, step.name, failure)
        host.say(Event("undo.failed", step.name, failure["error"]))
        return
    evidence["seconds"] = _since(began, host)
    journal.append(kinds.UNDO_DONE, step.name, evidence)
    host.say(Event("undo.done", step.name, data=evidence))


def _failure(error: Exception, host: Host) -> dict[str, Any]:
    # What a child said last may quote what nobody else may read.
    if isinstance(error, ClawupgradeError):
        found = {
            "error": host.veil(error.message),
            "hint": host.veil(error.hint),
            "transient": isinstance(error, StepFailed) and error.transient,
        }
        return found | {"busy": True} if isinstance(error, StepFailed) and error.busy else found
    return {"error": host.veil(f"{type(error).__name__}: {error}"), "hint": "", "transient": isinstance(error, OSError)}


def _since(began: float, host: Host) -> float:
    return round(host.clock.monotonic() - began, 3)
