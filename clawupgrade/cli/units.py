"""`clawupgrade init --units`: shows what would be written, asks, writes; and takes it away again."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from clawupgrade.app.units import install_units, pending, remove_units, units_for, written_before
from clawupgrade.cli.place import carried_environment, own_program
from clawupgrade.cli.room import Room, opened
from clawupgrade.errors import Exit
from clawupgrade.openclaw.boot_units import quote_word
from clawupgrade.render.units import show_removed, show_texts, show_written


def init(args: argparse.Namespace, ask: Callable[[str], None]) -> int:
    """Write or remove the units; `ask` raises Refused when a person says no."""
    with opened(args, locked=False) as room:
        return _remove(room, args) if args.remove else _write(room, args, ask)


def _write(room: Room, args: argparse.Namespace, ask: Callable[[str], None]) -> int:
    environment = carried_environment(os.environ)
    program = " ".join(quote_word(word) for word in own_program())
    wanted = units_for(room.host, room.request, program, environment)
    missing = pending(room.host, wanted)
    if missing and not (args.yes or args.json or not sys.stdin.isatty()):
        show_texts(wanted, missing)
        ask("Write them?")
    install_units(room.host, wanted)
    show_written(wanted, missing, as_json=args.json, quiet=args.quiet)
    return int(Exit.OK)


def _remove(room: Room, args: argparse.Namespace) -> int:
    found = written_before(room.host, room.request)
    for written in found:
        remove_units(room.host, written)
    show_removed(found, as_json=args.json, quiet=args.quiet)
    return int(Exit.OK)
