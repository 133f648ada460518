"""What on disk differs from a snapshot now: kind, owner, mode, link target or content. Times do not count."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from clawupgrade.host.snapshots.entries import Entry, Kind
from clawupgrade.host.snapshots.looking import absolute
from clawupgrade.host.snapshots.seen import Seen, recognised
from clawupgrade.host.snapshots.sources import Spared
from clawupgrade.host.snapshots.streams import digest_of
from clawupgrade.host.snapshots.walk import walk

_FORMATS = {
    Kind.FILE: stat.S_IFREG,
    Kind.DATABASE: stat.S_IFREG,
    Kind.DIR: stat.S_IFDIR,
    Kind.SYMLINK: stat.S_IFLNK,
    Kind.FIFO: stat.S_IFIFO,
    Kind.SOCKET: stat.S_IFSOCK,
}


def drift(root: str, entries: list[Entry], spared: Spared, seen: Seen) -> list[Path]:
    """Absolute paths that were added, removed or changed, sorted.

    Cheap: a file whose times say that it was not touched since it was last read is not read again. A
    database that was touched counts as changed, since reading it would need its lock. Raises OSError.
    """
    wanted = {entry.path: entry for entry in entries if entry.kind is not Kind.ABSENT}
    different = []
    for found in walk(root, spared, lambda _: None):
        entry = wanted.pop(found.path, None)
        where = absolute(root, found.path)
        if entry is None or _differs(entry, where, found.stat, seen):
            different.append(Path(where))
    sockets = (Kind.SOCKET, Kind.DEVICE)
    different += [Path(absolute(root, path)) for path, entry in wanted.items() if entry.kind not in sockets]
    return sorted(different)


def _differs(entry: Entry, path: str, found: os.stat_result, seen: Seen) -> bool:
    if stat.S_IFMT(found.st_mode) != _FORMATS.get(entry.kind, stat.S_IFMT(found.st_mode)):
        return True
    # Only root can give files away, so for anybody else a foreign owner is not ours to compare.
    if os.geteuid() == 0 and (found.st_uid, found.st_gid) != (entry.uid, entry.gid):
        return True
    if entry.kind is Kind.SYMLINK:
        return os.readlink(path) != entry.target
    if stat.S_IMODE(found.st_mode) != entry.mode:
        return True
    if not entry.kind.has_content:
        return False
    sighting = recognised(seen, entry.path, path, found)
    if sighting is not None:
        return sighting.sha256 != entry.sha256
    if found.st_size != entry.size or (entry.kind is Kind.DATABASE and os.path.exists(f"{path}-wal")):
        return True
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return digest_of(descriptor)[0] != entry.sha256
    finally:
        os.close(descriptor)
