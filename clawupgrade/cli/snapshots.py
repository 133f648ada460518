"""`clawupgrade snapshot …`: each act calls one use case and renders what comes back."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from clawupgrade.app import snapshots as acts
from clawupgrade.app.recover import settle
from clawupgrade.app.retention import retain, would_let_go
from clawupgrade.cli.room import Room, opened
from clawupgrade.errors import Exit, UsageError
from clawupgrade.held import Retention
from clawupgrade.render.snapshots import (
    show_checked,
    show_exported,
    show_let_go,
    show_pinned,
    show_snapshots,
    show_taken,
)


def snapshot(args: argparse.Namespace) -> int:
    """Run the act that was parsed."""
    args.command = f"snapshot {args.act}"
    with opened(args, locked=args.act != "list") as room:
        return _ACTS[args.act](room, args)


def _create(room: Room, args: argparse.Namespace) -> int:
    info = acts.create(room.host, room.runs, room.request, room.runs.new_id(), pinned=args.pin)
    show_taken(info, as_json=args.json, quiet=args.quiet)
    return int(Exit.OK)


def _list(room: Room, args: argparse.Namespace) -> int:
    show_snapshots(room.host.snapshots.listed(), as_json=args.json)
    return int(Exit.OK)


def _verify(room: Room, args: argparse.Namespace) -> int:
    if args.all and args.snapshot:
        raise UsageError("--all and one snapshot were both asked for", "give one of them")
    infos = room.host.snapshots.listed() if args.all else [acts.found(room.host, args.snapshot)]
    checked = acts.check(room.host, infos, drill=not args.no_drill)
    show_checked(checked, as_json=args.json, quiet=args.quiet)
    return max((each.exit_code for each in checked), default=int(Exit.OK))


def _prune(room: Room, args: argparse.Namespace) -> int:
    usual = Retention()
    policy = Retention(
        count=args.keep or usual.count,
        days=usual.days if args.older_than is None else args.older_than,
        bytes=args.max_size,
        free_bytes=args.min_free,
    )
    if args.dry_run:
        show_let_go(would_let_go(room.host, room.runs, policy), as_json=args.json, quiet=args.quiet, done=False)
        return int(Exit.OK)
    settle(room.host, room.runs)
    show_let_go(retain(room.host, room.runs, policy), as_json=args.json, quiet=args.quiet, done=True)
    return int(Exit.OK)


def _pin(room: Room, args: argparse.Namespace) -> int:
    info = acts.found(room.host, args.snapshot)
    room.host.snapshots.pin(info.snapshot_id, pinned=args.act == "pin")
    show_pinned(info.snapshot_id, pinned=args.act == "pin", as_json=args.json, quiet=args.quiet)
    return int(Exit.OK)


def _export(room: Room, args: argparse.Namespace) -> int:
    info = acts.found(room.host, args.snapshot)
    target = str(Path(args.to).absolute())
    room.host.snapshots.export(info.snapshot_id, target, args.recipient)
    show_exported(info.snapshot_id, target, encrypted=bool(args.recipient), as_json=args.json, quiet=args.quiet)
    return int(Exit.OK)


_ACTS: Mapping[str, Callable[[Room, argparse.Namespace], int]] = {
    "create": _create,
    "list": _list,
    "verify": _verify,
    "prune": _prune,
    "pin": _pin,
    "unpin": _pin,
    "export": _export,
}
