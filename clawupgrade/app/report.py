"""A journal's records become a Report: how the run came out, how long the gateway was away, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from clawupgrade.app.stuck import way_out
from clawupgrade.engine import journal as kinds
from clawupgrade.engine.journal import Record
from clawupgrade.errors import ClawupgradeError, Exit, signalled
from clawupgrade.model import Outcome, Plan, Report, StepReport, plan_from_json

RESULT_SCHEMA = "clawupgrade.result.v1"

_EXITS = {
    Outcome.UPGRADED: Exit.OK,
    Outcome.MENDED: Exit.OK,
    Outcome.STAGED: Exit.OK,
    Outcome.NOTHING_TO_DO: Exit.OK,
    Outcome.SKIPPED: Exit.OK,
    Outcome.FAILED_CLEAN: Exit.FAILED_CLEAN,
    Outcome.ROLLED_BACK: Exit.ROLLED_BACK,
    Outcome.NEEDS_PERSON: Exit.NEEDS_PERSON,
    Outcome.BROKEN: Exit.BROKEN,
}


def report_of(records: Sequence[Record]) -> Report:
    """The report of a run from nothing but its journal, open or closed."""
    plan = plan_from_json(dict(records[0].data))
    outcome = _outcome(records, plan)
    turned = (r.data for r in records if r.kind in (kinds.RUN_CANCELLED, kinds.STEP_FAILED))
    signal = next((data["signal"] for data in turned if "signal" in data), None)
    busy = any(record.data.get("busy") for record in records if record.kind == kinds.STEP_FAILED)
    kept_new = outcome in (Outcome.UPGRADED, Outcome.MENDED, Outcome.NEEDS_PERSON)
    failure = _asked_of_a_person(records) if outcome is Outcome.NEEDS_PERSON else _failure(records, outcome)
    return Report(
        outcome=outcome,
        exit_code=_exit(outcome, signal, busy=busy),
        run_id=plan.run_id,
        from_version=plan.install.package.version,
        to_version=plan.target,
        changed=kept_new,
        away=away(records),
        seconds=_seconds(records[0].at, records[-1].at),
        message=_sentence(plan, outcome, failure, signal),
        hint=failure[1] if failure else "",
        steps=_steps(records),
        notes=(*plan.notes, *_notes(records), *way_out(plan, records)),
    )


def report_of_error(error: ClawupgradeError) -> Report:
    """The report of a command that ended before a run began, or over one that cannot be read."""
    found = {
        Exit.FAILED_CLEAN: Outcome.FAILED_CLEAN,
        Exit.BROKEN: Outcome.BROKEN,
        Exit.NEEDS_PERSON: Outcome.NEEDS_PERSON,
        Exit.REFUSED: Outcome.REFUSED,
        Exit.BUSY: Outcome.BUSY,
        Exit.USAGE: Outcome.USAGE,
        Exit.CONFIG: Outcome.CONFIG,
        Exit.INTERRUPTED: Outcome.STOPPED,
        Exit.TERMINATED: Outcome.STOPPED,
    }
    return Report(found[error.exit_code], int(error.exit_code), message=error.message, hint=error.hint)


def result_document(report: Report) -> dict[str, Any]:
    """The report under its schema name; fields are only ever added within v1."""
    document: dict[str, Any] = {"schema": RESULT_SCHEMA}
    document |= msgspec.to_builtins(report)
    return document


def away(records: Sequence[Record]) -> float | None:
    """Seconds from the moment the gateway was told to stop to the moment it was seen to serve.

    None: it was never stopped, or has not been seen since.
    """
    stopped = next((r.at for r in records if r.kind == kinds.STEP_BEGAN and r.step == "quiesce"), None)
    served = [str(r.data["served_at"]) for r in records if "served_at" in r.data]
    if stopped is None or not served:
        return None
    return _seconds(stopped, served[-1])


def _notes(records: Sequence[Record]) -> tuple[str, ...]:
    """What steps found worth telling, such as what was lost and put back."""
    return tuple(str(note) for record in records for note in record.data.get("notes", ()) if record.step)


def _outcome(records: Sequence[Record], plan: Plan) -> Outcome:
    if records[-1].kind != kinds.RUN_CLOSED:
        return Outcome.BROKEN
    closed = Outcome(records[-1].data["outcome"])
    done = {"repair": Outcome.MENDED, "shelter": Outcome.MENDED, "stage": Outcome.STAGED}.get(
        plan.kind, Outcome.UPGRADED
    )
    return done if closed is Outcome.UPGRADED else closed


def _exit(outcome: Outcome, signal: int | None, *, busy: bool) -> int:
    if signal is not None and outcome in (Outcome.FAILED_CLEAN, Outcome.ROLLED_BACK):
        return signalled(signal)
    if busy and outcome is Outcome.FAILED_CLEAN:
        return Exit.BUSY
    return _EXITS[outcome]


def _failure(records: Sequence[Record], outcome: Outcome) -> tuple[str, str] | None:
    """Why it ended so: what went wrong on the way there, or, where the way back failed, on the way back."""
    wanted = (kinds.UNDO_FAILED, kinds.STEP_FAILED) if outcome is Outcome.BROKEN else (kinds.STEP_FAILED,)
    for record in reversed(records):
        if record.kind in wanted:
            return str(record.data["error"]), str(record.data.get("hint", ""))
    return None


def _asked_of_a_person(records: Sequence[Record]) -> tuple[str, str] | None:
    """What the gateway wants of a person, and the command for it."""
    for record in reversed(records):
        if record.data.get("needs_person") and (said := record.data.get("gateway")):
            return str(said["explanation"]), str(said["cure"])
    return None


def _sentence(plan: Plan, outcome: Outcome, failure: tuple[str, str] | None, signal: int | None) -> str:
    old, new = plan.install.package.version, plan.target
    why = failure[0] if failure else ("a signal asked to stop" if signal else "the run was interrupted")
    if plan.kind == "shelter" and outcome is Outcome.MENDED:
        return f"the state is in {plan.landing.state_dir}, the token is pinned and the same, and the gateway serves"
    if plan.kind == "repair" and outcome is not Outcome.BROKEN:
        return _of_repair(plan, outcome, why)
    match outcome:
        case Outcome.UPGRADED:
            way = f"back from {old} to {new}" if plan.kind == "rollback" else f"{old} → {new}"
            return f"{way}, and the gateway serves"
        case Outcome.STAGED:
            return f"{new} is staged beside {old}, which serves on; clawupgrade run switches to it"
        case Outcome.NEEDS_PERSON:
            said = f": {failure[0]}" if failure else ""
            return f"{old} → {new}; the gateway is up, but a person is needed{said}"
        case Outcome.ROLLED_BACK:
            return f"rolled back to {old}: {why}"
        case Outcome.FAILED_CLEAN:
            return f"nothing was touched, {old} serves on: {why}"
        case Outcome.BROKEN:
            return f"neither {new} nor {old} is proven: {why}"
        case _:
            return why


def _of_repair(plan: Plan, outcome: Outcome, why: str) -> str:
    climbed = ", ".join(plan.rungs)
    if outcome is Outcome.MENDED:
        return f"{climbed}: the gateway serves"
    back = "and was taken back" if outcome is Outcome.ROLLED_BACK else "and nothing was touched"
    return f"{climbed} did not help {back}: {why}"


def _steps(records: Sequence[Record]) -> tuple[StepReport, ...]:
    found: dict[str, StepReport] = {}
    for record in records:
        if not record.step or record.kind == kinds.UNDO_BEGAN:
            continue
        before = found.get(record.step)
        seconds = float(record.data.get("seconds", 0.0)) + (before.seconds if before else 0.0)
        evidence = {k: v for k, v in record.data.items() if k not in ("seconds", "error", "hint", "transient", "busy")}
        found[record.step] = StepReport(
            record.step,
            record.kind.replace("step.", "").replace("undo.done", "undone").replace("undo.", "undo-"),
            round(seconds, 3),
            evidence or (before.evidence if before else {}),
            str(record.data.get("error", "")) or (before.error if before else ""),
        )
    return tuple(found.values())


def _seconds(begin: str, end: str) -> float:
    return round((datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds(), 2)
