"""The entry of what needs no reading: folders, links, fifos, sockets."""

from __future__ import annotations

import os
import stat

from clawupgrade.host.snapshots.attributes import xattrs_of
from clawupgrade.host.snapshots.entries import ROOT, Entry, Kind
from clawupgrade.host.snapshots.walk import Found


def absolute(root: str, path: str) -> str:
    """A source's relative path below `root`; "." is the root itself."""
    return root if path == ROOT else f"{root}/{path}"


def entry_of(source: str, root: str, found: Found) -> Entry | None:
    """The entry, or None if it vanished meanwhile."""
    path = absolute(root, found.path)
    kind, target = Kind.DEVICE, ""
    try:
        match stat.S_IFMT(found.stat.st_mode):
            case stat.S_IFDIR:
                kind = Kind.DIR
            case stat.S_IFLNK:
                kind, target = Kind.SYMLINK, os.readlink(path)
            case stat.S_IFIFO:
                kind = Kind.FIFO
            case stat.S_IFSOCK:
                kind = Kind.SOCKET
        xattrs = xattrs_of(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Entry(
        source=source,
        path=found.path,
        kind=kind,
        mode=stat.S_IMODE(found.stat.st_mode),
        uid=found.stat.st_uid,
        gid=found.stat.st_gid,
        mtime_ns=found.stat.st_mtime_ns,
        target=target,
        xattrs=xattrs,
    )
