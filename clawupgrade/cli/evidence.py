"""`report` and `support-bundle`: files that one can hand to somebody else."""

from __future__ import annotations

import argparse
import io
import sys
import tarfile
import time
from pathlib import Path

from clawupgrade.app.bundle import gather
from clawupgrade.app.story import story_of
from clawupgrade.cli.masks import fresh_mask
from clawupgrade.cli.room import opened
from clawupgrade.cli.wishes import wishes_of
from clawupgrade.errors import ConfigInvalid, Exit, Refused, UsageError
from clawupgrade.host.durable import write_file
from clawupgrade.render.documents import print_json
from clawupgrade.render.html import page
from clawupgrade.render.policy import settings_document


def report(args: argparse.Namespace) -> int:
    """Write one run as one HTML file."""
    with opened(args, locked=False) as room:
        ids = room.runs.ids()
        if not ids and args.run is None:
            raise UsageError("there is no run yet", "start one: clawupgrade run")
        run_id = args.run or ids[-1]
        story = story_of(room.host, room.runs, run_id, fresh_mask())
        text = page(story)
        room.go_on()
        if args.to == "-":
            if args.json:
                raise UsageError("--json and --to - both want standard output", "give --to FILE")
            sys.stdout.write(text)
            return int(Exit.OK)
        return _written(args, args.to or f"clawupgrade-{run_id}.html", text.encode())


def support_bundle(args: argparse.Namespace) -> int:
    """Write all that helps somebody who helps, secrets taken out, as one tar."""
    with opened(args, locked=False) as room:
        try:
            settings = settings_document(wishes_of(args).effective)
        except (ConfigInvalid, UsageError) as error:
            settings = {"unreadable": error.message}
        found = gather(room.host, room.runs, room.request, settings, fresh_mask())
        room.go_on()
        at = room.host.clock.now()
        name = f"clawupgrade-support-{at:%Y%m%dT%H%M%SZ}"
        return _written(args, args.to or f"{name}.tar.gz", _packed(name, found))


def _packed(name: str, found: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for path, content in sorted(found.items()):
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size, entry.mode, entry.mtime = len(content), 0o600, int(time.time())
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def _written(args: argparse.Namespace, name: str, content: bytes) -> int:
    path = Path(name).absolute()
    try:
        write_file(path, content)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}", "give another place with --to") from error
    if args.json:
        print_json({"schema": "clawupgrade.written.v1", "exit_code": 0, "changed": False, "path": str(path)})
    elif not args.quiet:
        print(f"✓ wrote {path}")
    return int(Exit.OK)
