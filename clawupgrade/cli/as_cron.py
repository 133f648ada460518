"""`doctor --as-cron`: whether a job of cron would work here, tried with cron's own environment and nothing else."""

from __future__ import annotations

import argparse

from clawupgrade.cli.place import own_account, own_program
from clawupgrade.cli.room import opened
from clawupgrade.errors import Exit, UsageError
from clawupgrade.openclaw.output import json_document
from clawupgrade.ports import Command
from clawupgrade.render.documents import print_json

_PATH = "/usr/bin:/bin"
_WALL = 600.0


def doctor(args: argparse.Namespace) -> int:
    """Plan an upgrade as cron would call it, without a session's bus or PATH; nothing is changed."""
    if not args.as_cron:
        raise UsageError("doctor was not told what to try", "clawupgrade doctor --as-cron; for a gateway: diagnose")
    own = own_account()
    bare = (f"HOME={own.home}", f"LOGNAME={own.name}", f"USER={own.name}", "SHELL=/bin/sh", f"PATH={_PATH}")
    which = ("--profile", args.profile) if args.profile else ()
    words = (*own_program(), "plan", "--json", "--no-exit-code", *which)
    with opened(args, locked=False) as room:
        done = room.host.commands.run(Command(("env", "-i", *bare, *words), cwd=own.home, wall=_WALL))
        room.go_on()
        said = json_document(done.out)
        found = said if isinstance(said, dict) else {}
        code = int(Exit.REFUSED) if done.rc is None else done.rc
        message, hint = str(found.get("message", "")), str(found.get("hint", ""))
        line = f"{' '.join(own_program())} run --yes --quiet" + (f" --profile {args.profile}" if args.profile else "")
        if args.json:
            document = {"schema": "clawupgrade.as-cron.v1", "exit_code": code, "works": code == 0}
            print_json(document | {"command": line, "message": message, "hint": hint})
        elif code == 0 and not args.quiet:
            print(f"✓ cron can call: {line}")
        elif code != 0:
            print(f"✗ as cron calls it: {message or 'it did not answer'}" + (f"\n  → {hint}" if hint else ""))
    return code
