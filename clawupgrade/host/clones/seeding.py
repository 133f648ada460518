"""Fills a clone: databases by SQLite's own backup, and copies of what a release may publish by hard links.

An overlay gives a file another inode number when it is copied up. 2026.9.6 archives session transcripts by hard
link, compares the numbers, and gives up ("publication target changed | path-mismatch"): what it may handle so is
copied beforehand, and bears its own number from the start. What is large and never handled so is not copied, unless
there is no overlay and the clone is a whole copy.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct, to_builtins

from clawupgrade.cloned import Clone
from clawupgrade.host.clones.room import give, like, note, upper_of
from clawupgrade.host.clones.tables import digests, let_go
from clawupgrade.host.snapshots.databases import back_up, bytes_of
from clawupgrade.host.trees import copy, walk
from clawupgrade.openclaw.passing import is_lock

BULK = ("media", "cache", "node_modules", ".git", "logs", "plugin-runtime-deps")
_SMALL = 4 * 2**20
_DEEP = 3
_SQLITE = b"SQLite format 3\x00"
SIDECARS = ("-wal", "-shm", "-journal")


class Seen(Struct, frozen=True):
    """How a file looked when it was cloned: kind and mode, size, and the times of content and inode in ns."""

    mode: int
    size: int
    mtime: int
    ctime: int


def seed(clone: Clone) -> None:
    """Copy, back up, and note what the installation looked like (`base.json`)."""
    seen: dict[str, Any] = {}
    tables: dict[str, Any] = {}
    contents: dict[str, str] = {}
    hidden: list[str] = []
    for cover in clone.covers:
        for path, info in sighted(cover):
            if is_lock(path[len(cover) + 1 :]):
                hidden.append(path)
                continue
            seen[path] = to_builtins(look(info))
            target = upper_of(clone, path)
            assert target is not None
            if stat.S_ISDIR(info.st_mode):
                if not os.path.isdir(target):
                    os.mkdir(target)
                like(clone, path, target)
            elif not clone.is_whole and _is_deep(path, cover):
                continue
            elif is_database(path, info):
                tables[path] = _back_up(clone, path, target)
                hidden += [path + suffix for suffix in SIDECARS]
            elif is_sidecar(path):
                continue
            elif clone.is_whole or _is_wanted(path, cover, info):
                contents[path] = _copy(path, target)
        for path, info in reversed(list(sighted(cover))):
            if stat.S_ISDIR(info.st_mode) and (target := upper_of(clone, path)) and os.path.isdir(target):
                like(clone, path, target)  # times of folders come last: every copy into one changes them
    Path(clone.room, "hidden").write_text("".join(f"{path}\n{upper_of(clone, path)}\n" for path in hidden))
    note(clone, "base", {"seen": seen, "tables": tables, "contents": contents})


def sighted(cover: str) -> Iterator[tuple[str, os.stat_result]]:
    """A folder and all below it, with its status; what vanishes meanwhile is passed over."""
    yield cover, os.lstat(cover)
    for entry in walk(cover):
        try:
            yield entry.path, entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue


def look(info: os.stat_result) -> Seen:
    """What of a status tells that a file has not been touched; a folder's times change with what is in it."""
    if stat.S_ISDIR(info.st_mode):
        return Seen(info.st_mode, 0, 0, 0)
    return Seen(info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns)


def is_database(path: str, info: os.stat_result) -> bool:
    """Whether a file is an SQLite database by its first bytes."""
    if not stat.S_ISREG(info.st_mode) or info.st_size < len(_SQLITE):
        return False
    try:
        with open(path, "rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except (FileNotFoundError, PermissionError):
        return False


def is_sidecar(path: str) -> bool:
    """A write-ahead log or its index, which belong to the database beside them."""
    return path.endswith(SIDECARS)


def has_log(path: str) -> bool:
    """Whether a database has writes that its own file does not show yet."""
    return bytes_of(f"{path}-wal") > 0


def _is_wanted(path: str, cover: str, info: os.stat_result) -> bool:
    parts = PurePosixPath(path).relative_to(cover).parts
    if not stat.S_ISREG(info.st_mode) or any(part in BULK for part in parts[:-1]):
        return False
    return info.st_size <= _SMALL or "sessions" in parts


def _is_deep(path: str, cover: str) -> bool:
    """Deep in a workspace lies what agents made, a gigabyte of it; no release was seen to touch it."""
    parts = PurePosixPath(path).relative_to(cover).parts
    return parts[0].startswith("workspace") and len(parts) > _DEEP


def digest(path: str) -> str:
    """SHA-256 of a file's content, "" for no file."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _copy(path: str, target: str) -> str:
    """The digest of what was copied. "" where it is gone by now: the comparison at the end says so."""
    try:
        copy(path, target)
    except FileNotFoundError:
        return ""
    return digest(target) if os.path.isfile(target) and not os.path.islink(target) else ""


def _back_up(clone: Clone, path: str, target: str) -> dict[str, str]:
    Path(target).touch(mode=0o600)
    back_up(path, target)
    found = digests(target)
    let_go(target)
    like(clone, path, target)
    give(clone, target)
    return found
