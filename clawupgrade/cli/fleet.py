"""`clawupgrade fleet report`: reads what was gathered from many hosts; asks none of them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clawupgrade.app.fleet import fleet_of, is_known
from clawupgrade.errors import Exit, Refused, UsageError
from clawupgrade.host.durable import write_file
from clawupgrade.render.fleet import show_fleet
from clawupgrade.render.fleet_page import fleet_page

_OWN_NAMES = ("last-result", "status", "result", "facts")
"""Files of these names are called after the folder that they lie in."""


def fleet(args: argparse.Namespace) -> int:
    """Show the fleet as a table, and write it as one HTML page where that is asked for."""
    found = fleet_of(_documents(args.paths))
    path = ""
    if args.html:
        path = str(Path(args.html).absolute())
        try:
            write_file(Path(path), fleet_page(found, datetime.now(UTC)).encode())
        except OSError as error:
            raise Refused(f"{path} cannot be written: {error.strerror}", "give another place with --html") from error
    show_fleet(found, as_json=args.json, path=path, quiet=args.quiet)
    return int(Exit.OK)


def _documents(paths: list[str]) -> Iterator[tuple[str, Any]]:
    for path in sorted(_files(paths), key=lambda each: each.stat().st_mtime):
        try:
            document = json.loads(path.read_text("utf-8"))
        except (ValueError, OSError) as error:
            raise UsageError(
                f"{path} is no JSON document", "give files of clawupgrade or facts, or a folder"
            ) from error
        if not is_known(document):
            raise UsageError(
                f"{path} is neither a result, a status nor facts of a host",
                "gather them with: ansible-playbook clawupgrade.openclaw.facts",
            )
        yield (path.parent.name if path.stem in _OWN_NAMES else path.stem), document


def _files(paths: list[str]) -> Iterator[Path]:
    for each in map(Path, paths):
        if each.is_dir():
            yield from (file for file in each.rglob("*.json") if file.is_file())
        elif each.is_file():
            yield each
        else:
            raise UsageError(f"there is no {each}", "give files or folders")
