"""`hold`, `unhold`, `quarantine` and `config show`: none of them needs the lock, each writes one file at a stroke."""

from __future__ import annotations

import argparse
import os

from clawupgrade.app.holding import lift, set_hold
from clawupgrade.app.quarantine import clear, entries, heed
from clawupgrade.cli.room import opened
from clawupgrade.cli.wishes import wishes_of
from clawupgrade.errors import Exit
from clawupgrade.host.zone import local_zone
from clawupgrade.policy.quarantine import standing
from clawupgrade.render.policy import show_added, show_cleared, show_hold, show_quarantine, show_settings


def hold(args: argparse.Namespace) -> int:
    """Let no upgrade begin from now on."""
    with opened(args, locked=False) as room:
        found = set_hold(room.host, room.runs, args.until, args.reason, local_zone(os.environ))
        show_hold(found, as_json=args.json, quiet=args.quiet)
    return int(Exit.OK)


def unhold(args: argparse.Namespace) -> int:
    """Let upgrades begin again."""
    with opened(args, locked=False) as room:
        lift(room.runs)
        show_hold(None, as_json=args.json, quiet=args.quiet)
    return int(Exit.OK)


def quarantine(args: argparse.Namespace) -> int:
    """List, add to or clear the versions that are passed over."""
    with opened(args, locked=False) as room:
        if args.act == "list":
            span = wishes_of(args).settings.quarantine_for
            show_quarantine(entries(room.runs), room.host.clock.now(), span, as_json=args.json)
        elif args.act == "add":
            span, now = wishes_of(args).settings.quarantine_for, room.host.clock.now()
            new = standing(entries(room.runs), args.version, now, span) is None
            entry = heed(room.host, room.runs, args.version, args.cause)
            show_added(entry, new=new, as_json=args.json, quiet=args.quiet)
        else:
            show_cleared(clear(room.runs, args.version), as_json=args.json, quiet=args.quiet)
    return int(Exit.OK)


def settings(args: argparse.Namespace) -> int:
    """Show clawupgrade's own settings."""
    wishes = wishes_of(args)
    show_settings(wishes.effective, str(wishes.path), origin=args.origin, as_json=args.json)
    return int(Exit.OK)
