"""The last word of a command: one JSON document on stdout, or a verdict that fits a screen."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress

from clawupgrade.app.report import report_of_error, result_document
from clawupgrade.errors import ClawupgradeError
from clawupgrade.model import Report
from clawupgrade.render.documents import print_json
from clawupgrade.render.layout import painted, width_of, wrapped
from clawupgrade.render.verdict import verdict


def show_report(report: Report, *, as_json: bool, quiet: bool = False, changes: Sequence[str] | None = None) -> int:
    """Print the outcome; comes back with the exit code. changes: of the config, in words."""
    if as_json:
        print_json(result_document(report))
        return report.exit_code
    if quiet and report.exit_code == 0 and not report.changed:
        return report.exit_code
    print(verdict(report, changes, width_of(sys.stdout)), file=sys.stdout)
    return report.exit_code


def show_error(error: ClawupgradeError, *, as_json: bool) -> int:
    """One line for what is wrong and one for what to do, on stderr; JSON on stdout if asked for."""
    if as_json:
        print_json(result_document(report_of_error(error)))
    width = width_of(sys.stderr)
    lines = [painted(line, "bad", sys.stderr) for line in wrapped(error.message, "clawupgrade: ", width)]
    if error.hint:
        lines += wrapped(error.hint, "  → ", width)
    with suppress(OSError):  # a stderr that takes nothing leaves nobody to tell; the exit code still tells
        print("\n".join(lines), file=sys.stderr)
    return int(error.exit_code)
