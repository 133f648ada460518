"""Which databases an older release could not read any more: new ones, and those with another schema version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from clawupgrade.host.snapshots import SnapshotStore
from clawupgrade.host.snapshots.entries import Kind

_MAGIC = b"SQLite format 3\x00"

Stamps: TypeAlias = tuple[int, tuple[tuple[str, str], ...]]
"""`user_version`, and the schema version that 2026.9 notes for each role in `schema_meta`."""


def migrated_databases(store: SnapshotStore, snapshot_id: str) -> tuple[str, ...]:
    """Paths of databases on the disk that are new since the snapshot or have another schema version.

    A database that cannot be asked counts as migrated: "I do not know" must not keep a state that the
    old code may refuse.
    """
    then = {entry.path: entry for entry in store.entries(snapshot_id) if entry.kind is Kind.DATABASE}
    found: list[str] = []
    for path in filter(_is_database, store.differs(snapshot_id)):
        before = next((entry for inside, entry in then.items() if str(path).endswith(f"/{inside}")), None)
        now = _stamps(path, "mode=ro")
        if before is None or now is None or now != _stamps(store.content(before.sha256), "immutable=1"):
            found.append(str(path))
    return tuple(found)


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False  # gone, or a folder


def _stamps(path: Path, mode: str) -> Stamps | None:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?{mode}", uri=True, timeout=5.0)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_meta'").fetchone() is None:
                return int(version), ()
            rows = database.execute("SELECT meta_key, schema_version FROM schema_meta ORDER BY 1").fetchall()
            return int(version), tuple((str(key), str(stated)) for key, stated in rows)
    except sqlite3.Error:
        return None
