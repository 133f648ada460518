"""What differs between two manifests of one source, by their lines: equal lines are not even parsed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from clawupgrade.host.snapshots.entries import Kind, native
from clawupgrade.host.snapshots.looking import absolute
from clawupgrade.host.snapshots.sources import Placed


def changes(
    sources: Iterable[tuple[Placed, bytes, bytes]],
) -> tuple[tuple[Path, ...], tuple[Path, ...], tuple[Path, ...]]:
    """(added, changed, removed) absolute paths, from (source, manifest before, manifest now) of each."""
    added, changed, removed = list[Path](), list[Path](), list[Path]()
    for source, before, now in sources:
        if before == now:
            continue
        old_lines, new_lines = set(before.splitlines()), set(now.splitlines())
        old, new = _paths(old_lines - new_lines), _paths(new_lines - old_lines)
        for path in sorted(old | new):
            side = added if path not in old else removed if path not in new else changed
            side.append(Path(absolute(source.resolved, path)))
    return tuple(added), tuple(changed), tuple(removed)


def _paths(lines: Iterable[bytes]) -> set[str]:
    records = (json.loads(line) for line in lines)
    return {native(record["path"]) for record in records if record["kind"] != Kind.ABSENT}
