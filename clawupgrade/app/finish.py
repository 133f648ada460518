"""After a run has closed: what nobody needs any more goes, and monitors read the result."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from clawupgrade.engine import journal as kinds
from clawupgrade.engine.runs import Runs
from clawupgrade.model import Report, plan_from_json
from clawupgrade.ports import Event, Host
from clawupgrade.steps.arm import remove_boot_units


def finish(host: Host, runs: Runs, report: Report) -> Report:
    """Remove the boot units of a closed run and write `last-result.json`; idempotent.

    The run has ended: a disk that refuses this changes neither its outcome nor its exit code.
    """
    try:
        _tidy(host, runs, report)
        runs.note_result(msgspec.to_builtins(report))
    except OSError as error:
        words = f"the run has ended, but what it leaves could not be tidied up: {error.strerror}"
        host.say(Event("note", text=words))
        return replace(report, notes=(*report.notes, words))
    return report


def _tidy(host: Host, runs: Runs, report: Report) -> None:
    if report.run_id:
        records = runs.load(report.run_id).records
        if records[-1].kind == kinds.RUN_CLOSED:
            remove_boot_units(host, plan_from_json(dict(records[0].data)))
