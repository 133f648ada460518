"""`clawupgrade bundle`: make one, or see whether one would be taken here."""

from __future__ import annotations

import argparse
import secrets
from datetime import UTC, datetime
from pathlib import Path

from clawupgrade.app.bundling import check_bundle, make_bundle
from clawupgrade.cli.room import opened
from clawupgrade.errors import Exit, UsageError
from clawupgrade.render.bundle import show_bundle


def bundle(args: argparse.Namespace) -> int:
    """Make a bundle of a release, with the npm and the Node of this installation; or check one."""
    if args.check:
        with opened(args, locked=False) as room:
            show_bundle(check_bundle(room.host, room.request), as_json=args.json, quiet=args.quiet, made=False)
        return int(Exit.OK)
    key = _key(args.sign_with) if args.sign_with else None
    folder = str(Path(args.out).absolute())
    if not Path(folder).is_dir():
        raise UsageError(f"there is no folder {folder}", "make it, or give another with --out")
    name = f"bundle-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    with opened(args, locked=True) as room:
        made = make_bundle(room.host, room.request, name, folder, key)
        show_bundle(made, as_json=args.json, quiet=args.quiet, made=True)
    return int(Exit.OK)


def _key(name: str) -> bytes:
    path = Path(name)
    try:
        if path.stat().st_mode & 0o077:
            raise UsageError(f"others can read the key {path}", f"make it yours: chmod 600 {path}")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"the key {path} cannot be read: {error.strerror}") from error
