"""Reads one file into the store as it was at one moment, though somebody may be writing to it."""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import NamedTuple

from clawupgrade.host.snapshots.attributes import xattrs_of
from clawupgrade.host.snapshots.databases import back_up
from clawupgrade.host.snapshots.entries import Entry, Kind, plain_line
from clawupgrade.host.snapshots.objects import SMALL, ObjectStore
from clawupgrade.host.snapshots.seen import Signature, signature_of, signature_of_database
from clawupgrade.host.snapshots.walk import SQLITE_MAGIC

_TRIES = 5
_LARGE, _TRIES_LARGE = 16 << 20, 2  # a large log that grows all the time is not worth five copies
_TICK_NS = 12_000_000  # the kernel stamps files by a clock that goes by ticks, of 10 ms at most
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class Reading(NamedTuple):
    """What was read: the stat that belongs to the bytes, and whether the file held still for it."""

    stat: os.stat_result
    signature: Signature
    sha256: str
    size: int
    xattrs: tuple[tuple[str, bytes], ...]
    settled: bool
    user_version: int | None = None
    checked: str = ""

    @property
    def is_database(self) -> bool:
        """Whether these bytes are a database's own copy."""
        return self.user_version is not None

    def line(self, path: str) -> str:
        """The manifest's line for these bytes under this path."""
        info = self.stat
        mode, sparse = stat.S_IMODE(info.st_mode), info.st_blocks * 512 < info.st_size
        if self.settled and not (self.is_database or sparse or self.xattrs):
            return plain_line(path, mode, info.st_uid, info.st_gid, info.st_mtime_ns, self.sha256, self.size)
        return Entry(
            source="",  # no line says it
            path=path,
            kind=Kind.DATABASE if self.is_database else Kind.FILE,
            mode=mode,
            uid=info.st_uid,
            gid=info.st_gid,
            mtime_ns=info.st_mtime_ns,
            size=self.size,
            sha256=self.sha256,
            xattrs=self.xattrs,
            sparse=sparse and not self.is_database,
            user_version=self.user_version,
            checked=self.checked,
            unsettled=not self.settled,
        ).line()


class Changed(Exception):
    """The path is no longer a regular file; look again."""


def read(path: str, objects: ObjectStore) -> Reading:
    """Store the content of a regular file and say what it was.

    A file that changes while it is read is read again; one that never holds still is kept as last read and
    marked, so that the delta after the gateway stopped reads it once more. Raises OSError, `Changed`, and
    SnapshotRefused for a corrupt database.
    """
    attempt = 0
    while True:
        attempt += 1
        descriptor = _open(path)
        try:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise Changed
            if is_racy := _is_racy(before):
                time.sleep(_TICK_NS / 1e9)
                before = os.fstat(descriptor)
                is_racy = _is_racy(before)
            head = os.pread(descriptor, min(before.st_size, SMALL) + 1, 0)
            if not head.startswith(SQLITE_MAGIC):
                last = attempt >= (_TRIES if before.st_size < _LARGE else _TRIES_LARGE)
                reading = _read_plain(descriptor, before, head, objects, is_racy=is_racy, last=last)
                if reading is not None:
                    return reading
                continue
        finally:
            os.close(descriptor)
        # Only now, with our descriptor closed: closing it later would drop SQLite's own locks (POSIX).
        return _read_database(path, objects)


def _is_racy(found: os.stat_result) -> bool:
    """Whether the last change is so young that one more, while we read, could bear the very same time.

    A torn reading was taken for a whole one so. A time that lies in the future (a clock set back, a machine without
    one) is no such: the next change does not bear it.
    """
    return abs(time.time_ns() - found.st_ctime_ns) <= _TICK_NS


def _open(path: str) -> int:
    try:
        return os.open(path, _FLAGS)
    except OSError as problem:
        if problem.errno in (errno.ELOOP, errno.ENXIO):
            raise Changed from problem
        raise


def _read_plain(
    descriptor: int, before: os.stat_result, head: bytes, objects: ObjectStore, *, is_racy: bool, last: bool
) -> Reading | None:
    xattrs = xattrs_of(descriptor)
    temporary, sha256, size = None, "", len(head)
    if not before.st_size <= size <= SMALL:
        sparse = before.st_blocks * 512 < before.st_size
        temporary, sha256, size = objects.put_stream(descriptor, before.st_size, sparse=sparse)
    after = os.fstat(descriptor)
    signature = signature_of(after)
    settled = signature_of(before) == signature and size == after.st_size and not is_racy
    if not settled and not last:
        if temporary is not None:
            os.unlink(temporary)
        time.sleep(0.002)
        return None
    if temporary is None:
        sha256 = objects.put_small(head)
    else:
        objects.adopt(temporary, sha256)
    return Reading(after, signature, sha256, size, xattrs, settled)


def _read_database(path: str, objects: ObjectStore) -> Reading:
    before, signature = os.lstat(path), signature_of_database(path)
    copy, descriptor = objects.new_temporary()
    try:
        checked = back_up(path, copy)
        sha256, size = objects.digest_of_new(descriptor)
        objects.adopt(copy, sha256)
    except BaseException:
        if os.path.exists(copy):
            os.unlink(copy)
        raise
    finally:
        os.close(descriptor)
    # The signature from before: what was written during the copy makes the next look read it again.
    return Reading(before, signature, sha256, size, xattrs_of(path), True, checked.user_version, checked.depth)
