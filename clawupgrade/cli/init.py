"""`clawupgrade init`: write a timer, boot units, Makefile targets, or move a container's state to where it lasts."""

from __future__ import annotations

import argparse
import sys

from clawupgrade.app.finish import finish
from clawupgrade.app.shelter import shelter
from clawupgrade.cli import units
from clawupgrade.cli.asking import ask
from clawupgrade.cli.ending import finished
from clawupgrade.cli.place import own_program
from clawupgrade.cli.room import opened
from clawupgrade.cli.schedules import schedule
from clawupgrade.errors import UsageError
from clawupgrade.model import Plan


def init(args: argparse.Namespace) -> int:
    """What was asked for, after it was shown and agreed to."""
    if args.units:
        return units.init(args, ask)
    if args.cron or args.launchd or args.make:
        return schedule(args, ask)
    if not args.compose:
        raise UsageError("init: what is to be written?", "give --units, --cron, --launchd, --make FILE or --compose")
    return _shelter(args)


def _shelter(args: argparse.Namespace) -> int:
    with opened(args, locked=True) as room:

        def agree(plan: Plan) -> None:
            if not (args.yes or args.json or not sys.stdin.isatty()):
                ask(f"The gateway is stopped for a moment, its state goes to {plan.landing.state_dir}. Go on?")

        report = shelter(room.host, room.runs, room.request, room.runs.new_id(), program=own_program(), agree=agree)
        return finished(args, room, finish(room.host, room.runs, report))
