"""The end of a run, as a person and others get to hear of it."""

from __future__ import annotations

import argparse

from clawupgrade.app.changes import run_diff
from clawupgrade.cli.aftermath import tell
from clawupgrade.cli.masks import fresh_mask
from clawupgrade.cli.room import Room
from clawupgrade.errors import ClawupgradeError
from clawupgrade.model import Report, plan_from_json
from clawupgrade.render.results import show_report


def finished(args: argparse.Namespace, room: Room, report: Report) -> int:
    """Tell whoever wants to know, then show it; the exit code."""
    tell(args, room, report)
    return show_report(report, as_json=args.json, quiet=args.quiet, changes=_config_changes(args, room, report))


def _config_changes(args: argparse.Namespace, room: Room, report: Report) -> tuple[str, ...] | None:
    """What the run made of the config; None where that is not asked for, or not to be had."""
    if args.json or not report.changed or not report.run_id:
        return None
    try:
        plan = plan_from_json(dict(room.runs.load(report.run_id).records[0].data))
        return run_diff(room.host, plan, fresh_mask()).lines
    except (ClawupgradeError, OSError):
        return None
