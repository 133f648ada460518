"""`clawupgrade rollback`: take an upgrade back, with the word of a person where something would be lost."""

from __future__ import annotations

import argparse
import sys

from clawupgrade.app.finish import finish
from clawupgrade.app.rollback import Return
from clawupgrade.app.rollback import rollback as go_back
from clawupgrade.cli.asking import ask
from clawupgrade.cli.back import back_of, refuse_silent_loss
from clawupgrade.cli.ending import finished
from clawupgrade.cli.place import own_program
from clawupgrade.cli.room import opened
from clawupgrade.render.pages import show_return


def rollback(args: argparse.Namespace) -> int:
    """Show what would be lost, ask, go back."""
    with opened(args, locked=True) as room:

        def agree(found: Return) -> None:
            if args.yes:
                return
            if args.json or not sys.stdin.isatty():
                refuse_silent_loss(found)
                return
            with room.aside():
                show_return(found)
                ask("Go back?")

        report = go_back(
            room.host,
            room.runs,
            room.request,
            room.runs.new_id(),
            program=own_program(),
            agree=agree,
            back=back_of(args),
        )
        return finished(args, room, finish(room.host, room.runs, report))
