"""`clawupgrade config …`: each act calls one use case and renders what comes back."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from clawupgrade.app import config as acts
from clawupgrade.cli.policy import settings
from clawupgrade.cli.room import Room, opened
from clawupgrade.errors import Exit
from clawupgrade.render.config import show_diff, show_migrated, show_restored, show_verdict


def config(args: argparse.Namespace) -> int:
    """Run the act that was parsed."""
    if args.act == "show":
        return settings(args)
    args.command = f"config {args.act}"
    writes = args.act == "restore-comments" or (args.act == "migrate" and not args.check)
    with opened(args, locked=writes) as room:
        return _ACTS[args.act](room, args)


def _diff(room: Room, args: argparse.Namespace) -> int:
    of, found = acts.diff(room.host, room.runs, room.request, args.of)
    show_diff(of, found, as_json=args.json)
    return int(Exit.OK)


def _migrate(room: Room, args: argparse.Namespace) -> int:
    found = acts.migrate(room.host, room.runs, room.request, args.to, check=args.check)
    show_migrated(found, as_json=args.json, quiet=args.quiet)
    return int(Exit.PENDING if args.check and found.migrations else Exit.OK)


def _validate(room: Room, args: argparse.Namespace) -> int:
    found = acts.validate(room.host, room.request)
    show_verdict(found, as_json=args.json, quiet=args.quiet)
    return int(Exit.OK if found.is_valid else Exit.REFUSED)


def _restore_comments(room: Room, args: argparse.Namespace) -> int:
    show_restored(acts.restore_comments(room.host, room.runs, room.request), as_json=args.json, quiet=args.quiet)
    return int(Exit.OK)


_ACTS: Mapping[str, Callable[[Room, argparse.Namespace], int]] = {
    "diff": _diff,
    "migrate": _migrate,
    "validate": _validate,
    "restore-comments": _restore_comments,
}
