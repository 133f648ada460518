"""After a run has closed: what nobody needs any more goes, and monitors read the result."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from clawupgrade.app.quarantine import learn
from clawupgrade.app.retention import retain
from clawupgrade.engine import journal as kinds
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import ClawupgradeError
from clawupgrade.model import Report, plan_from_json
from clawupgrade.ports import Event, Host
from clawupgrade.steps.arm import remove_boot_units
from clawupgrade.steps.texts import config_texts


def finish(host: Host, runs: Runs, report: Report) -> Report:
    """Remove the boot units of a closed run, write `last-result.json`, learn, let old packages go; idempotent.

    The run has ended: a disk that refuses this changes neither its outcome nor its exit code.
    """
    for tidy in (_tidy, _note_result, _learn, _note_config, _retain):
        try:
            tidy(host, runs, report)
        except (OSError, ClawupgradeError) as error:
            reason = error.message if isinstance(error, ClawupgradeError) else error.strerror
            words = f"the run has ended, but what it leaves could not be tidied up: {reason}"
            host.say(Event("note", text=words))
            report = replace(report, notes=(*report.notes, words))
    return report


def remove_units(host: Host, runs: Runs, run_id: str) -> None:
    """Remove the boot units of a run that has closed; idempotent. Of an open run they stay."""
    records = runs.load(run_id).records
    if records[-1].kind == kinds.RUN_CLOSED:
        remove_boot_units(host, plan_from_json(dict(records[0].data)))


def after(run_id: str) -> str:
    """The name under which the config's history has the texts as a run left them."""
    return f"{run_id}.after"


def _tidy(host: Host, runs: Runs, report: Report) -> None:
    if report.run_id:
        remove_units(host, runs, report.run_id)


def _note_result(host: Host, runs: Runs, report: Report) -> None:
    runs.note_result(msgspec.to_builtins(report))


def _learn(host: Host, runs: Runs, report: Report) -> None:
    if (entry := learn(host, runs, report)) is not None:
        host.say(Event("note", text=f"{entry.version} is in quarantine now: clawupgrade quarantine list"))


def _note_config(host: Host, runs: Runs, report: Report) -> None:
    if report.changed:
        plan = plan_from_json(dict(runs.load(report.run_id).records[0].data))
        host.snapshots.note(after(plan.run_id), config_texts(host, plan.landing.config_path))


def _retain(host: Host, runs: Runs, report: Report) -> None:
    if report.changed:
        gone = retain(host, runs)
        if gone.packages:
            host.say(Event("note", text=f"{len(gone.packages)} kept packages, which no way back needs, were removed"))
