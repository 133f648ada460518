"""`init --cron`, `--launchd`, `--make FILE`: shown, asked about, written; and taken away again."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from clawupgrade.app.schedules import CRONTAB, Schedule, is_there, put, take_away
from clawupgrade.cli.place import carried_environment, own_account, own_program
from clawupgrade.cli.room import Room, opened
from clawupgrade.errors import Exit
from clawupgrade.openclaw import schedules
from clawupgrade.render.units import show_changed


def schedule(args: argparse.Namespace, ask: Callable[[str], None]) -> int:
    """Write or remove one; `ask` raises Refused when a person says no."""
    with opened(args, locked=False) as room:
        wanted = _wanted(args, room)
        scratch = str(room.folder / "crontab.new")
        if args.remove:
            gone = take_away(room.host, wanted, scratch)
            show_changed([], [wanted.path] if gone else [], "", as_json=args.json, quiet=args.quiet)
            return int(Exit.OK)
        missing = not is_there(room.host, wanted)
        if missing and not (args.yes or args.json or not sys.stdin.isatty()):
            print(f"── {wanted.path}\n{wanted.text.decode()}")
            ask("Write it?")
        if missing:
            put(room.host, wanted, scratch)
        show_changed([wanted.path] if missing else [], [], wanted.note, as_json=args.json, quiet=args.quiet)
    return int(Exit.OK)


def _wanted(args: argparse.Namespace, room: Room) -> Schedule:
    options = ("--profile", args.profile) if args.profile else ()
    # cron's own PATH shall do: doctor --as-cron tries it. What says where things are has to be told.
    environment = tuple((name, value) for name, value in carried_environment(os.environ) if name != "PATH")
    if args.cron:
        lines = schedules.cron_lines(own_program(), environment, options)
        return Schedule(CRONTAB, lines.encode(), room.folder.name, "clawupgrade doctor --as-cron tries it")
    if args.launchd:
        label = f"clawupgrade.{room.folder.name}"
        path = f"{own_account().home}/Library/LaunchAgents/{label}.plist"
        text = schedules.launch_agent(label, own_program(), environment, options)
        return Schedule(path, text, note=f"to load it now: launchctl bootstrap gui/$(id -u) {path}")
    path = str(Path(args.make).absolute())
    return Schedule(
        path, schedules.make_targets(own_program(), options).encode(), note=f"in a Makefile: include {path}"
    )
