"""Which databases an older release could not read any more: new ones, and those with another schema version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from clawupgrade.host.snapshots import SnapshotStore
from clawupgrade.host.snapshots.entries import Kind

_MAGIC = b"SQLite format 3\x00"


def migrated_databases(store: SnapshotStore, snapshot_id: str) -> tuple[str, ...]:
    """Paths of databases on the disk that are new since the snapshot or have another `user_version`.

    A database that cannot be asked counts as migrated: "I do not know" must not keep a state that the
    old code may refuse.
    """
    then = {entry.path: entry.user_version for entry in store.entries(snapshot_id) if entry.kind is Kind.DATABASE}
    found: list[str] = []
    for path in store.differs(snapshot_id):
        if not _is_database(path):
            continue
        before = next((v for inside, v in then.items() if str(path).endswith(f"/{inside}")), None)
        if before is None or before != _user_version(path):
            found.append(str(path))
    return tuple(found)


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False  # gone, or a folder


def _user_version(path: Path) -> int | None:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5.0)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            return int(version)
    except sqlite3.Error:
        return None
