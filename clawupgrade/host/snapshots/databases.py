"""SQLite databases: copied through SQLite's own online backup, then opened and checked. Never a copied WAL.

Facts from sqlite.org: backup.html, wal.html (read-only WAL databases), uri.html, fileformat2.html.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from urllib.parse import quote

from msgspec import Struct

from clawupgrade.host.snapshots.errors import SnapshotRefused, shown
from clawupgrade.host.snapshots.seen import signature_of_database
from clawupgrade.host.snapshots.sources import SIDECARS

_BUSY_SECONDS = 10.0
_PATIENCE_SECONDS = 120.0
_PAGES = 8192  # per step: 32 MB of 4 KB pages
_WAL = 2  # file format versions at bytes 18 and 19 of the header
_HINT = "Repair or move this file, or leave it out by a pattern; nothing was changed."


class Checked(Struct, frozen=True):
    """What the copy says of itself: its schema's own number, and how deep it could be checked."""

    user_version: int
    depth: str


def back_up(path: str, copy: str) -> Checked:
    """Write a whole, checked copy of the database to the empty file `copy`, whoever writes to it meanwhile.

    Raises SnapshotRefused for a database that is corrupt or never lets us read, FileNotFoundError if it
    vanished.
    """
    try:
        before, header = signature_of_database(path), _header(path)
        if not _copy_at_rest(path, copy, header):
            _copy_live(path, copy)
        if _has_no_log(path) and signature_of_database(path) == before:
            _give_back_counters(copy, header)
    except sqlite3.Error as problem:
        if not os.path.lexists(path):
            raise FileNotFoundError(2, "the database vanished", path) from problem
        raise _refused(path, problem) from problem
    return check(copy, path)


def check(copy: str, name: str) -> Checked:
    """Open a copy that nobody writes to and run integrity_check; raises SnapshotRefused naming `name`."""
    try:
        with closing(_connect(_uri(copy, "immutable=1"))) as database:
            database.execute("PRAGMA cache_size=-16000")
            depth, verdict = _verdict(database)
            user_version = int(database.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error as problem:
        raise _refused(name, problem) from problem
    if verdict != "ok":
        raise SnapshotRefused(f"database is corrupt: {shown(name)}: {shown(verdict)[:200]}", _HINT)
    return Checked(user_version, depth)


def _verdict(database: sqlite3.Connection) -> tuple[str, str]:
    try:
        return "integrity", str(database.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.OperationalError as problem:
        # An index that needs a collation or function of the product's: the pages can still be checked.
        if "no such" not in str(problem):
            raise
        return "structure", str(database.execute("PRAGMA quick_check(1)").fetchone()[0])


def _copy_at_rest(path: str, copy: str, header: bytes) -> bool:
    """Copy a WAL database whose log is gone; False if it is none, or did not rest until the end.

    Opened the usual way it would get a new log and index beside it, as root's files in a user's folder.
    """
    before = signature_of_database(path)
    if header[18:20] != bytes((_WAL, _WAL)) or not _has_no_log(path):
        return False
    try:
        _copy_online(_uri(path, "immutable=1"), copy)
    except sqlite3.Error:
        if signature_of_database(path) == before:
            raise
    if signature_of_database(path) == before:
        return True
    os.truncate(copy, 0)
    return False


def _copy_live(path: str, copy: str) -> None:
    try:
        _copy_online(_uri(path, "mode=ro"), copy)
    except sqlite3.OperationalError as problem:
        if _code(problem) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        os.truncate(copy, 0)
        _copy_recovered(path, copy)


def _header(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(100)


def _has_no_log(path: str) -> bool:
    return not any(bytes_of(path + log) for log in ("-wal", "-journal"))


def bytes_of(path: str) -> int:
    """How long a file is, 0 for none: a journal that went between two looks let its database pass for vanished once."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def _give_back_counters(copy: str, header: bytes) -> None:
    """The backup counts up its copy's schema cookie and change counter: a file at rest keeps its own.

    So what is restored is the same to the bit, and the same database twice is one content in the store.
    """
    descriptor = os.open(copy, os.O_WRONLY | os.O_CLOEXEC)
    try:
        for start, end in ((24, 28), (40, 44), (92, 100)):
            os.pwrite(descriptor, header[start:end], start)
    finally:
        os.close(descriptor)


def _copy_online(uri: str, copy: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with closing(_connect(uri)) as source, closing(_connect(_uri(copy, "mode=rw"))) as target:
        target.execute("PRAGMA journal_mode=OFF")
        target.execute("PRAGMA synchronous=OFF")
        # One read transaction around all steps: else every write in between starts the copy again.
        _patiently(lambda: source.execute("BEGIN"), deadline)
        _patiently(lambda: source.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone(), deadline)

        def still_patient(_status: int, _remaining: int, _total: int) -> None:
            if time.monotonic() > deadline:
                raise sqlite3.OperationalError("database stayed locked")

        source.backup(target, pages=_PAGES, progress=still_patient, sleep=0.05)


def _copy_recovered(path: str, copy: str) -> None:
    """For a folder we may not write to: SQLite recovers a private copy of file and log instead."""
    private = f"{copy}.recover"
    os.mkdir(private, 0o700)
    try:
        for _ in range(5):
            before = signature_of_database(path)
            for suffix in ("", *SIDECARS):
                if suffix != "-shm" and os.path.exists(path + suffix):
                    shutil.copyfile(path + suffix, f"{private}/database{suffix}")
            if signature_of_database(path) == before:
                _copy_online(_uri(f"{private}/database", "mode=rw"), copy)
                return
            shutil.rmtree(private)
            os.mkdir(private, 0o700)
    finally:
        shutil.rmtree(private)
    raise sqlite3.OperationalError("database never stood still, and its folder cannot be written to")


def _patiently(act: Callable[[], object], deadline: float) -> None:
    while True:
        try:
            act()
            return
        except sqlite3.OperationalError as problem:
            locked = _code(problem) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not locked or time.monotonic() > deadline:
                raise


def _code(problem: sqlite3.Error) -> int:
    return int(getattr(problem, "sqlite_errorcode", 0)) & 0xFF


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, cached_statements=0)


def _uri(path: str, mode: str) -> str:
    return f"file:{quote(os.fsencode(path))}?{mode}"


def _refused(path: str, problem: sqlite3.Error) -> SnapshotRefused:
    return SnapshotRefused(f"database cannot be copied: {shown(path)}: {problem}", _HINT)
