"""Lists a tree while somebody may be changing it: every path once, folders before what is in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from typing import NamedTuple

from clawupgrade.host.snapshots.entries import ROOT
from clawupgrade.host.snapshots.sources import SIDECARS, Spared

SQLITE_MAGIC = b"SQLite format 3\0"
TEMPORARY = ".clawupgrade-restoring-"  # what a restore that was cut short may leave behind


class Found(NamedTuple):
    """A path relative to the root ("." is the root), and what lstat said."""

    path: str
    stat: os.stat_result


def walk(root: str, spared: Spared, left_out: Callable[[str], None]) -> Iterator[Found]:
    """Everything at and below `root` that is not spared, in a stable order.

    A path that vanishes between the listing and the look is passed over: a live gateway removes files all
    the time. Write-ahead logs and journals of a database are passed over too: its copy already holds them.
    Raises OSError where a folder cannot be read.
    """
    try:
        top = os.lstat(root)
    except (FileNotFoundError, NotADirectoryError):
        return
    yield Found(ROOT, top)
    if stat.S_ISDIR(top.st_mode):
        yield from _below(root, "", spared, left_out)


def _below(root: str, prefix: str, spared: Spared, left_out: Callable[[str], None]) -> Iterator[Found]:
    pending = [prefix]
    while pending:
        prefix = pending.pop()
        listed = _listing(f"{root}/{prefix}" if prefix else root)
        folders: list[str] = []
        for name, found in listed:
            path = prefix + name
            if spared.covers(path):
                left_out(path)
            elif not name.startswith(TEMPORARY) and not is_sidecar(f"{root}/{path}"):
                yield Found(path, found)
                if stat.S_ISDIR(found.st_mode):
                    folders.append(path + "/")
        pending.extend(reversed(folders))


def _listing(folder: str) -> list[tuple[str, os.stat_result]]:
    listed = []
    try:
        with os.scandir(folder) as names:
            for name in names:
                try:
                    listed.append((name.name, name.stat(follow_symlinks=False)))
                except FileNotFoundError:
                    continue
    except (FileNotFoundError, NotADirectoryError):
        return []
    listed.sort(key=lambda pair: pair[0])
    return listed


def is_sidecar(path: str) -> bool:
    """Whether this is the log, index or journal of a database that lies beside it."""
    if path.endswith(SIDECARS):  # asked for every file of a tree: one test for most of them
        for suffix in SIDECARS:
            if path.endswith(suffix):
                return is_database(path.removesuffix(suffix), empty=True)
    return False


def is_database(path: str, *, empty: bool = False) -> bool:
    """Whether a regular file begins as SQLite's do; `empty` counts one that is just being created."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False  # whoever reads the file itself reports why it cannot be read
    try:
        head = os.read(descriptor, len(SQLITE_MAGIC))
    finally:
        os.close(descriptor)
    return head == SQLITE_MAGIC or (empty and not head)
