"""`clawupgrade diagnose`: look without the lock, climb with it, show the page."""

from __future__ import annotations

import argparse

from clawupgrade.app.diagnose import climb, examine, exit_code, exit_code_of_climb
from clawupgrade.cli.place import own_program
from clawupgrade.cli.room import opened
from clawupgrade.errors import UsageError
from clawupgrade.render.diagnosis import show_diagnosis


def diagnose(args: argparse.Namespace) -> int:
    """Name the root cause; with `--fix`, mend it or leave everything as it was."""
    if args.pair and not args.fix:
        raise UsageError("--pair changes something, and --fix was not given", "give both, or neither")
    if not args.fix:
        with opened(args, locked=False) as room:
            found = examine(room.host, room.request)
            code = int(exit_code(found.diagnosis))
            room.go_on()
            show_diagnosis(found, (), code, as_json=args.json, quiet=args.quiet)
            return code
    with opened(args, locked=True) as room:
        climbed = climb(
            room.host,
            room.runs,
            room.request,
            program=own_program(),
            new_run_id=room.runs.new_id,
            may_pair=args.pair,
        )
        code = int(exit_code_of_climb(climbed))
        room.lower_view()
        show_diagnosis(climbed.examined, climbed.runs, code, as_json=args.json, quiet=args.quiet)
        return code
