"""After a run has closed: what nobody needs any more goes, and monitors read the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from clawupgrade.app.hooks import run_last_hooks
from clawupgrade.app.quarantine import learn
from clawupgrade.app.report import report_of, report_of_error, result_document
from clawupgrade.app.retention import retain
from clawupgrade.app.soaking import begin_soak
from clawupgrade.engine import journal as kinds
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import ClawupgradeError, FailedClean
from clawupgrade.model import Outcome, Report, plan_from_json
from clawupgrade.ports import Event, Host
from clawupgrade.steps import held
from clawupgrade.steps.arm import remove_boot_units
from clawupgrade.steps.texts import config_texts

_OWED = "unfinished"
_Part = Callable[[Host, Runs, Report], tuple[str, ...] | None]


def finish(host: Host, runs: Runs, report: Report) -> Report:
    """Remove the boot units of a closed run, write `last-result.json`, learn, run the last hooks, let old packages go.

    Idempotent, but for the hooks: a run that was cut off here is finished by the next command, and they run again.
    The run has ended: a disk that refuses this changes neither its outcome nor its exit code.
    """
    return _each(host, runs, report, (_tidy, _note_result, _learn, _note_config, _retain, _soak, _last_hooks, _settle))


def _each(host: Host, runs: Runs, report: Report, parts: Sequence[_Part]) -> Report:
    for tidy in parts:
        try:
            report = replace(report, notes=(*report.notes, *(tidy(host, runs, report) or ())))
        except (OSError, ClawupgradeError) as error:
            words_of = (error.message, error.hint) if isinstance(error, ClawupgradeError) else (error.strerror,)
            reason = "; ".join(word for word in words_of if word)
            words = f"the run has ended, but what it leaves could not be tidied up: {reason}"
            host.say(Event("note", text=words))
            report = replace(report, notes=(*report.notes, words))
    return report


def note_result(host: Host, runs: Runs, report: Report) -> None:
    """Replace `last-result.json`: the result document, and when it was written."""
    runs.note_result(result_document(report) | {"at": host.clock.now().isoformat()})


def note_failure(host: Host, runs: Runs, error: ClawupgradeError) -> Report:
    """What monitors read of a command that ended before its run began."""
    report = report_of_error(error)
    report = replace(report, message=host.veil(report.message), hint=host.veil(report.hint))
    return _each(host, runs, report, (_note_result,))


def owe(runs: Runs, run_id: str) -> None:
    """Note that a run is about to begin, so that what `finish` does is done even if nobody comes to it.

    Raises:
        FailedClean: the disk takes no note; nothing has begun.
    """
    try:
        runs.keep(_OWED, {"run": run_id})
    except OSError as error:
        raise FailedClean(f"the run cannot be noted down: {error.strerror}", "make room, then try again") from error


def owed(runs: Runs) -> str | None:
    """The run whose driver died between closing its journal and finishing it; None where there is none."""
    run_id = (runs.kept(_OWED) or {}).get("run")
    if run_id not in runs.ids():
        return None
    return str(run_id) if runs.load(str(run_id)).records[-1].kind == kinds.RUN_CLOSED else None


def finish_owed(host: Host, runs: Runs) -> Report | None:
    """Finish that run, where there is one."""
    run_id = owed(runs)
    return None if run_id is None else finish(host, runs, report_of(runs.load(run_id).records))


def remove_units(host: Host, runs: Runs, run_id: str) -> None:
    """Remove the boot units of a run that has closed; idempotent. Of an open run they stay.

    A container that was held is released first: until then the units are what starts it after a power cut.
    """
    records = runs.load(run_id).records
    if records[-1].kind == kinds.RUN_CLOSED:
        plan = plan_from_json(dict(records[0].data))
        held.release(host, plan)
        remove_boot_units(host, plan)


def after(run_id: str) -> str:
    """The name under which the config's history has the texts as a run left them."""
    return f"{run_id}.after"


def _tidy(host: Host, runs: Runs, report: Report) -> None:
    if report.run_id:
        remove_units(host, runs, report.run_id)


def _note_result(host: Host, runs: Runs, report: Report) -> None:
    note_result(host, runs, report)


def _learn(host: Host, runs: Runs, report: Report) -> None:
    if (entry := learn(host, runs, report)) is not None:
        host.say(Event("note", text=f"{entry.version} is in quarantine now: clawupgrade quarantine list"))


def _note_config(host: Host, runs: Runs, report: Report) -> None:
    if report.changed:
        plan = plan_from_json(dict(runs.load(report.run_id).records[0].data))
        host.snapshots.note(after(plan.run_id), config_texts(host, plan.landing.config_path))


def _soak(host: Host, runs: Runs, report: Report) -> None:
    if _is_owed(runs, report):
        begin_soak(host, runs, report)


def _last_hooks(host: Host, runs: Runs, report: Report) -> tuple[str, ...]:
    return run_last_hooks(host, runs, report) if _is_owed(runs, report) else ()


def _settle(host: Host, runs: Runs, report: Report) -> None:
    if _is_owed(runs, report):
        runs.keep(_OWED, {})


def _is_owed(runs: Runs, report: Report) -> bool:
    return bool(report.run_id) and (runs.kept(_OWED) or {}).get("run") == report.run_id


def _retain(host: Host, runs: Runs, report: Report) -> None:
    if report.changed or report.outcome is Outcome.STAGED:
        gone = retain(host, runs)
        if gone.packages:
            host.say(Event("note", text=f"{len(gone.packages)} kept packages, which no way back needs, were removed"))
