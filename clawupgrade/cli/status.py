"""`clawupgrade status`: what is installed, how its gateway is, how the last run ended."""

from __future__ import annotations

import argparse

from clawupgrade.cli.room import Room, opened
from clawupgrade.errors import Exit
from clawupgrade.model import Report
from clawupgrade.render.status import show_status
from clawupgrade.survey.survey import survey


def status(args: argparse.Namespace) -> int:
    """Look at everything, change nothing."""
    with opened(args, locked=False) as room:
        last = room.runs.ids()[-1:]
        reports = tuple(_report(room, each) for each in last)
        found = survey(room.host, room.request)
        room.go_on()
        show_status(found, reports, as_json=args.json)
    return int(Exit.OK)


def _report(room: Room, run_id: str) -> Report:
    from clawupgrade.app.report import report_of  # what reads a plan is paid for where there is one

    return report_of(room.runs.load(run_id).records)
