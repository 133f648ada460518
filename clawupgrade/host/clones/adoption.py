"""Carries what was frozen over to the installation, if that is still what the clone was made from."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from msgspec import to_builtins

from clawupgrade.cloned import Clone, Obstacle
from clawupgrade.host import syscalls
from clawupgrade.host.clones.freezing import Change, frozen
from clawupgrade.host.clones.room import like, noted
from clawupgrade.host.clones.seeding import SIDECARS, digest, has_log, is_sidecar, look, sighted
from clawupgrade.host.clones.tables import digests
from clawupgrade.host.trees import copy, remove
from clawupgrade.openclaw.passing import is_passing_file, is_passing_table

_NEW = ".clawupgrade-new"


def obstacles(clone: Clone, but: frozenset[str]) -> tuple[Obstacle, ...]:
    """What is not as it was when the clone was made, and matters.

    but: paths that were changed on purpose, in the clone as well as here.
    """
    base = noted(clone, "base")
    found: list[Obstacle] = []
    now: set[str] = set()
    for cover in clone.covers:
        for path, info in sighted(cover):
            now.add(path)
            is_as_it_was = base["seen"].get(path) == to_builtins(look(info))
            # What a gateway wrote last may stand in the log alone, beside a file that was not touched.
            if path in but or (is_as_it_was and not (path in base["tables"] and has_log(path))):
                continue
            if stat.S_ISDIR(info.st_mode) and path in base["seen"]:
                found += [Obstacle(path)] if base["seen"][path]["mode"] != info.st_mode else []
                continue
            if path in base["tables"]:
                found += _changed_tables(path, base["tables"][path])
            elif not (_is_passing(clone, path) or is_sidecar(path) or _holds_the_same(path, info, base)):
                found.append(Obstacle(path))
    found += [Obstacle(path) for path in sorted(_unread(clone, base))]
    gone = base["seen"].keys() - now - but
    found += [Obstacle(path) for path in sorted(gone) if not is_sidecar(path) and not _is_passing(clone, path)]
    return tuple(found)


def adopt(clone: Clone, names: tuple[str, ...], only: frozenset[str] | None) -> int:
    """Make the installation what the clone was when it was frozen under these names, in turn; how many paths.

    only: these paths and no others; all for None. Idempotent, and durable when this returns. Nobody else may
    write meanwhile.
    """
    every = [frozen(clone, name) for name in names]
    changes = [change for change in _merged(every) if only is None or change.path in only]
    for change in changes:
        _carry_out(clone, change)
    for folder in {each for each in (os.path.dirname(change.path) for change in changes) if os.path.isdir(each)}:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    for cover in clone.covers:
        descriptor = os.open(cover, os.O_RDONLY)
        try:
            syscalls.sync_filesystem(descriptor)
        finally:
            os.close(descriptor)
    return len(changes)


def _merged(every: list[list[Change]]) -> list[Change]:
    """What is left to do of changes that were frozen one after the other: a path is written once, as it was last."""
    last = {change.path: change for change in every[0]}
    for change in (change for changes in every[1:] for change in changes):
        if change.kind != "dir":
            for path in [path for path in last if path.startswith(f"{change.path}/")]:
                del last[path]
        last[change.path] = change  # in its old place, if it had one: a folder comes before what lies in it
    return list(last.values())


def _carry_out(clone: Clone, change: Change) -> None:
    path = change.path
    if change.kind == "gone":
        remove(path)
        return
    if change.kind == "dir":
        if not os.path.isdir(path) or os.path.islink(path):
            remove(path)
            os.mkdir(path)
        like(clone, change.kept, path)
        return
    remove(path + _NEW)
    copy(change.kept, path + _NEW)
    if change.kind == "database":
        for suffix in SIDECARS:
            remove(path + suffix)
    if os.path.isdir(path) and not os.path.islink(path):
        remove(path)
    os.replace(path + _NEW, path)


def _holds_the_same(path: str, info: os.stat_result, base: Any) -> bool:
    """Whether a file was only written anew: 2026.2.12 does that to its cron jobs and sessions every minute."""
    was, content = base["seen"].get(path), base.get("contents", {}).get(path)
    is_like = was is not None and (was["mode"], was["size"]) == (info.st_mode, info.st_size)
    return is_like and bool(content) and digest(path) == content


def _unread(clone: Clone, base: Any) -> set[str]:
    """Databases that were changed in the clone, and that nobody had looked into when it was made."""
    changed = {change.path for change in frozen(clone) if change.kind == "database"}
    return {path for path in changed if path in base["seen"] and path not in base["tables"]}


def _changed_tables(path: str, before: dict[str, str]) -> Iterator[Obstacle]:
    now = digests(path)
    for table in sorted(before.keys() | now.keys()):
        if before.get(table) != now.get(table) and not is_passing_table(table):
            yield Obstacle(path, table)


def _is_passing(clone: Clone, path: str) -> bool:
    return any(
        is_passing_file(str(PurePosixPath(path).relative_to(cover)))
        for cover in clone.covers
        if PurePosixPath(path).is_relative_to(cover)
    )
