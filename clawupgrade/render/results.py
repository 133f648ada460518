"""The last word of a command: one JSON document on stdout, or a verdict that fits a screen."""

from __future__ import annotations

import json
import sys
from typing import Any

from clawupgrade.app.report import report_of_error, result_document
from clawupgrade.errors import ClawupgradeError
from clawupgrade.model import Outcome, Report

_MARKS = {
    Outcome.UPGRADED: "✓",
    Outcome.MENDED: "✓",
    Outcome.NOTHING_TO_DO: "✓",
    Outcome.SKIPPED: "–",
    Outcome.FAILED_CLEAN: "✗",
    Outcome.ROLLED_BACK: "↩",
    Outcome.NEEDS_PERSON: "!",
    Outcome.BROKEN: "✗✗",
    Outcome.REFUSED: "✗",
    Outcome.BUSY: "–",
    Outcome.STOPPED: "–",
    Outcome.USAGE: "✗",
    Outcome.CONFIG: "✗",
}


def show_report(report: Report, *, as_json: bool, quiet: bool = False) -> int:
    """Print the outcome; comes back with the exit code."""
    if as_json:
        print_json(result_document(report))
        return report.exit_code
    if quiet and report.exit_code == 0 and not report.changed:
        return report.exit_code
    lines = [f"{_MARKS[report.outcome]} {report.message}"]
    if report.away is not None:
        lines.append(f"  gateway away for {report.away:.1f} s of {report.seconds:.1f} s")
    if report.run_id:
        lines.append(f"  run {report.run_id}")
    lines += [f"  note: {note}" for note in report.notes]
    if report.hint:
        lines.append(f"  {report.hint}")
    if report.outcome is Outcome.UPGRADED:
        lines.append("  to go back: clawupgrade rollback")
    print("\n".join(lines), file=sys.stdout)
    return report.exit_code


def show_error(error: ClawupgradeError, *, as_json: bool) -> int:
    """One line for what is wrong and one for what to do, on stderr; JSON on stdout if asked for."""
    if as_json:
        print_json(result_document(report_of_error(error)))
    print(f"clawupgrade: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  → {error.hint}", file=sys.stderr)
    return int(error.exit_code)


def print_json(document: dict[str, Any]) -> None:
    """One document, one line, on stdout."""
    print(json.dumps(document, ensure_ascii=False), file=sys.stdout)
