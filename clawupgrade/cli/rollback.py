"""`clawupgrade rollback`: take an upgrade back, with the word of a person where something would be lost."""

from __future__ import annotations

import argparse
import sys

from clawupgrade.app.rollback import Return
from clawupgrade.cli.acting import returned
from clawupgrade.cli.asking import ask
from clawupgrade.cli.back import refuse_silent_loss
from clawupgrade.cli.ending import finished
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

        return finished(args, room, returned(args, room, agree))
