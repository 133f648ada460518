"""`clawupgrade plan`: what `run` would do."""

from __future__ import annotations

import argparse

from clawupgrade.app.prospect import prospect
from clawupgrade.cli.place import own_program
from clawupgrade.cli.room import opened
from clawupgrade.cli.wishes import gate_of, wishes_of
from clawupgrade.errors import Exit
from clawupgrade.render.pages import show_plan


def plan(args: argparse.Namespace) -> int:
    """Look and plan; nothing is changed."""
    gate = gate_of(args, wishes_of(args))
    with opened(args, locked=False) as room:
        found = prospect(room.host, room.runs, room.request, room.runs.new_id(), program=own_program(), gate=gate)
        room.go_on()
        show_plan(found, as_json=args.json)
        return int(Exit.PENDING if found.plan is not None and not args.no_exit_code else Exit.OK)
