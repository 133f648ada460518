"""The `Databases` port: a look into SQLite databases that a gateway may be writing to."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any
from urllib.parse import quote

# A gateway that writes holds its database for milliseconds; one that holds it longer is busy, not broken.
_BUSY_SECONDS = 5.0


class LocalDatabases:
    """Reads through SQLite itself, so that what still stands in a write-ahead log counts."""

    def rows(self, path: str, table: str) -> tuple[Mapping[str, Any], ...] | None:
        """Every row of a table by column; None where there is no such file or table.

        Raises OSError where the database cannot be read.
        """
        if not os.path.exists(path):
            return None
        try:
            with closing(sqlite3.connect(_address(path), uri=True, timeout=_BUSY_SECONDS)) as database:
                database.row_factory = sqlite3.Row
                known = database.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
                ).fetchone()
                if known is None:
                    return None
                quoted = '"' + known["name"].replace('"', '""') + '"'
                return tuple(dict(row) for row in database.execute(f"SELECT * FROM {quoted}"))
        except sqlite3.Error as error:
            raise OSError(f"{path} cannot be read: {error}") from error


def _address(path: str) -> str:
    """A database whose log is gone rests: it is read as it is, for a reader of a WAL leaves files behind."""
    rests = not os.path.isfile(f"{path}-wal")  # in a clone's layer a sign stands there that it is gone
    return f"file:{quote(path)}?{'immutable=1' if rests else 'mode=ro'}"
