"""Owner, mode, times, attributes and ACLs: read them, and put them back in the order that keeps them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable

from clawupgrade.host.snapshots.entries import Entry, Kind

_ACL = ("system.posix_acl_access", "system.posix_acl_default")
_NONE = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_DENIED = {errno.EPERM, errno.EACCES, *_NONE}

Note = Callable[[str, str], None]  # (absolute path, what could not be put back)


def xattrs_of(path: str | int) -> tuple[tuple[str, bytes], ...]:
    """All extended attributes, ACLs included, sorted; () where the file system has none."""
    follow = isinstance(path, int)
    try:
        names = os.listxattr(path, follow_symlinks=follow)
    except OSError as problem:
        if problem.errno in _NONE:
            return ()
        raise
    if not names:
        return ()
    found = []
    for name in sorted(names):
        try:
            found.append((name, os.getxattr(path, name, follow_symlinks=follow)))
        except OSError as problem:
            if problem.errno not in (errno.ENODATA, *_NONE):  # removed since it was listed
                raise
    return tuple(found)


def same_owner_and_mode(entry: Entry, found: os.stat_result, *, owner: bool) -> bool:
    """Whether mode, and owner where we may set it, are as recorded."""
    if stat.S_IMODE(found.st_mode) != entry.mode and entry.kind is not Kind.SYMLINK:
        return False
    return not owner or (found.st_uid, found.st_gid) == (entry.uid, entry.gid)


def apply(entry: Entry, path: str, note: Note) -> None:
    """Give `path` the entry's owner, attributes, mode and mtime; what is refused is noted, not hidden.

    The order matters: chown clears set-id bits and capabilities, chmod rewrites an ACL's mask, and each
    of them moves ctime but not mtime, which comes last.
    """
    link = entry.kind is Kind.SYMLINK
    _own(entry, path, note)
    wanted = dict(entry.xattrs)
    for name, _ in xattrs_of(path):
        if name not in wanted:
            _attempt(lambda n=name: os.removexattr(path, n, follow_symlinks=False), path, name, note)  # type: ignore[misc]
    _set_xattrs(path, {k: v for k, v in wanted.items() if k not in _ACL}, note)
    if not link:
        os.chmod(path, entry.mode)
    _set_xattrs(path, {k: v for k, v in wanted.items() if k in _ACL}, note)
    os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns), follow_symlinks=False)


def _own(entry: Entry, path: str, note: Note) -> None:
    found = os.lstat(path)
    if (found.st_uid, found.st_gid) != (entry.uid, entry.gid):
        _attempt(
            lambda: os.chown(path, entry.uid, entry.gid, follow_symlinks=False),
            path,
            f"owner {entry.uid}:{entry.gid}",
            note,
        )


def _set_xattrs(path: str, wanted: dict[str, bytes], note: Note) -> None:
    if not wanted:
        return
    present = dict(xattrs_of(path))
    for name, value in wanted.items():
        if present.get(name) != value:
            _attempt(
                lambda n=name, v=value: os.setxattr(path, n, v, follow_symlinks=False),  # type: ignore[misc]
                path,
                name,
                note,
            )


def _attempt(act: Callable[[], None], path: str, what: str, note: Note) -> None:
    try:
        act()
    except OSError as problem:
        if problem.errno not in _DENIED:
            raise
        note(path, what)
