"""`clawupgrade init --units`: shows what would be written, asks, writes; and takes it away again."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from clawupgrade.app.units import install_units, pending, remove_units, units_for, written_before
from clawupgrade.cli.place import own_program
from clawupgrade.cli.room import Room, opened
from clawupgrade.errors import Exit
from clawupgrade.openclaw.boot_units import quote_word
from clawupgrade.render.units import show_removed, show_texts, show_written

_CARRIED = (
    "PATH",
    "CLAWUPGRADE_HOME",
    "XDG_STATE_HOME",
    "OPENCLAW_HOME",
    "OPENCLAW_STATE_DIR",
    "OPENCLAW_CONFIG_PATH",
    "OPENCLAW_PROFILE",
    "CLAWDBOT_STATE_DIR",
)
"""What a shell knows and a unit does not: without it the unit would work on another installation, or on none."""


def init(args: argparse.Namespace, ask: Callable[[str], None]) -> int:
    """Write or remove the units; `ask` raises Refused when a person says no."""
    with opened(args, locked=False) as room:
        return _remove(room, args) if args.remove else _write(room, args, ask)


def _write(room: Room, args: argparse.Namespace, ask: Callable[[str], None]) -> int:
    environment = [(name, os.environ[name]) for name in _CARRIED if os.environ.get(name)]
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
