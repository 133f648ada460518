"""After a run has closed: what nobody needs any more goes, and monitors read the result."""

from __future__ import annotations

import msgspec

from clawupgrade.engine import journal as kinds
from clawupgrade.model import Report, plan_from_json
from clawupgrade.ports import Host, Runs
from clawupgrade.steps.arm import remove_boot_units


def finish(host: Host, runs: Runs, report: Report) -> Report:
    """Remove the boot units of a closed run and write `last-result.json`; idempotent."""
    if report.run_id:
        records = runs.load(report.run_id).records
        if records[-1].kind == kinds.RUN_CLOSED:
            remove_boot_units(host, plan_from_json(dict(records[0].data)))
    runs.note_result(msgspec.to_builtins(report))
    return report
