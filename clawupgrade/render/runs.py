"""The runs so far, a line each; or one of them with every step."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from msgspec import to_builtins

from clawupgrade.model import Outcome, Report
from clawupgrade.render.documents import print_json
from clawupgrade.render.layout import painted, rows, width_of, wrapped
from clawupgrade.render.words import brief_for, span


def show_runs(reports: Sequence[Report], *, as_json: bool, in_full: bool = False) -> None:
    """The runs, a line each; or with every step."""
    if as_json:
        print_json({"schema": "clawupgrade.runs.v1", "runs": to_builtins(list(reports))})
        return
    width = width_of(sys.stdout)
    for report in reports:
        print("\n".join(wrapped(report.message, f"{report.run_id}  {_outcome(report):<12} ", width)))
        if in_full:
            for step in report.steps:
                head = f"  {step.name:<22} {step.state:<9} {span(step.seconds):>11}  "
                done = f"{head}{painted(brief_for(step.name), 'faint')}"
                print("\n".join(wrapped(step.error, head, width)) if step.error else done)
            notes = [*(("note", note) for note in report.notes), ("do now", report.hint)]
            print("\n".join(rows(notes, width))) if any(text for _, text in notes) else None
    if not reports:
        print("no run yet")


def _outcome(report: Report) -> str:
    """In a word; what took an upgrade back has upgraded nothing in the eyes of a person."""
    went_back = report.outcome is Outcome.UPGRADED and any(each.name.startswith("restore:") for each in report.steps)
    return "went back" if went_back else report.outcome
