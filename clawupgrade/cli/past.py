"""`clawupgrade history` and `show`: what was done here, and what it made of the config."""

from __future__ import annotations

import argparse

from clawupgrade.app.report import report_of
from clawupgrade.cli.room import opened
from clawupgrade.errors import Exit, UsageError
from clawupgrade.render.runs import show_runs


def history(args: argparse.Namespace) -> int:
    """The runs so far, or the states that the config had."""
    with opened(args, locked=False) as room:
        if args.config:
            from clawupgrade.app.changes import config_history
            from clawupgrade.cli.masks import fresh_mask
            from clawupgrade.render.changes import show_config_history

            show_config_history(config_history(room.host, fresh_mask()), as_json=args.json)
            return int(Exit.OK)
        show_runs(tuple(report_of(room.runs.load(each).records) for each in room.runs.ids()), as_json=args.json)
    return int(Exit.OK)


def show(args: argparse.Namespace) -> int:
    """One run, step by step, or what it made of the config."""
    with opened(args, locked=False) as room:
        found = room.runs.ids()
        if not found and args.run is None:
            raise UsageError("there is no run yet", "start one: clawupgrade run")
        if args.diff:
            from clawupgrade.app.changes import run_diff
            from clawupgrade.cli.masks import fresh_mask
            from clawupgrade.model import plan_from_json
            from clawupgrade.render.changes import show_run_diff

            plan = plan_from_json(dict(room.runs.load(args.run or found[-1]).records[0].data))
            show_run_diff(plan.run_id, run_diff(room.host, plan, fresh_mask()), as_json=args.json)
            return int(Exit.OK)
        report = report_of(room.runs.load(args.run or found[-1]).records)
        show_runs((report,), as_json=args.json, in_full=True)
    return int(Exit.OK)
