"""One digest for each table of a database: equal for equal rows, in whatever order they stand."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from hashlib import blake2b
from urllib.parse import quote

from clawupgrade.openclaw.passing import HELD

_WORD = 16


def digests(path: str) -> dict[str, str]:
    """Table → digest of its definition and its rows. The database is at rest, or another's copy of it.

    Raises:
        OSError: it cannot be read.
    """
    try:
        with closing(sqlite3.connect(_address(path), uri=True, timeout=10.0)) as database:
            database.text_factory = bytes
            return {name.decode(): _digest(database, name, sql) for name, sql in _tables(database)}
    except sqlite3.Error as error:
        raise OSError(f"{path} cannot be read: {error}") from error


def let_go(path: str) -> None:
    """Take out what processes outside of the clone hold: inside, all of them would count as alive.

    Raises:
        OSError: it cannot be written.
    """
    try:
        with closing(sqlite3.connect(path, timeout=10.0)) as database, database:
            database.text_factory = bytes
            there = {name.decode() for name, _ in _tables(database)}
            for table in there.intersection(HELD):
                database.execute(f'DELETE FROM "{table}" WHERE {HELD[table]}')
    except sqlite3.Error as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def _address(path: str) -> str:
    """Without a log it is read as it is: a reader of a log leaves an index of it behind."""
    log = f"{path}-wal"
    rests = not os.path.exists(log) or not os.path.getsize(log)
    return f"file:{quote(path)}?{'immutable=1' if rests else 'mode=ro'}"


def _tables(database: sqlite3.Connection) -> list[tuple[bytes, bytes]]:
    # Virtual tables keep their rows in ordinary ones beside them, and may need an extension to be read.
    return database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    ).fetchall()


def _digest(database: sqlite3.Connection, name: bytes, sql: bytes) -> str:
    total = 0
    quoted = name.decode().replace('"', '""')
    for row in database.execute(f'SELECT * FROM "{quoted}"'):
        total += int.from_bytes(blake2b(repr(row).encode(), digest_size=_WORD).digest())
    return f"{blake2b(sql, digest_size=_WORD).hexdigest()}:{total % 2 ** (8 * _WORD):x}"
