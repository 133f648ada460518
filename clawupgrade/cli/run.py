"""`clawupgrade run` and `stage`: agree, upgrade, tell."""

from __future__ import annotations

import argparse
import sys

from clawupgrade.app.finish import finish, note_failure
from clawupgrade.app.prospect import Prospect
from clawupgrade.app.staging import stage as stage_ahead
from clawupgrade.cli.acting import upgraded
from clawupgrade.cli.aftermath import tell
from clawupgrade.cli.asking import ask
from clawupgrade.cli.ending import finished
from clawupgrade.cli.every import run_all
from clawupgrade.cli.place import own_program
from clawupgrade.cli.room import opened
from clawupgrade.cli.wishes import gate_of, wishes_of
from clawupgrade.errors import ConfigInvalid
from clawupgrade.render.pages import show_plan


def run(args: argparse.Namespace) -> int:
    """Upgrade, prove it, or roll back."""
    if args.all:
        return run_all(args)
    try:
        gate = gate_of(args, wishes_of(args))
    except ConfigInvalid as error:
        with opened(args, locked=False) as room:
            tell(args, room, note_failure(room.host, room.runs, error))
        raise
    with opened(args, locked=True) as room:

        def agree(found: Prospect) -> None:
            if args.yes or args.json or not sys.stdin.isatty():
                return
            with room.aside():
                show_plan(found, as_json=False)
                ask("Upgrade?")

        return finished(args, room, upgraded(args, room, gate, agree))


def stage(args: argparse.Namespace) -> int:
    """Build and rehearse now what `run` will switch to."""
    gate = gate_of(args, wishes_of(args))
    with opened(args, locked=True) as room:
        report = stage_ahead(room.host, room.runs, room.request, room.runs.new_id(), program=own_program(), gate=gate)
        return finished(args, room, finish(room.host, room.runs, report))
