"""Other people's SQLite databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Databases(Protocol):
    """Looks into SQLite databases of others; never writes, and never waits for long."""

    def rows(self, path: str, table: str) -> tuple[Mapping[str, Any], ...] | None:
        """Every row of a table by column; None where there is no such file or table.

        Raises OSError where the database cannot be read.
        """
        ...
