"""The snapshot store behind the core's `Snapshots` port: plain values in, one kind of error out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clawupgrade.host.migrated import migrated_databases
from clawupgrade.host.snapshots import SnapshotStore, Source


class StoredSnapshots:
    """The `Snapshots` port over one store."""

    def __init__(self, store: SnapshotStore) -> None:
        self._store = store

    def take(self, plan_id: str, sources: Sequence[tuple[str, str, tuple[str, ...]]], readable: Sequence[str]) -> Any:
        """First full pass; the gateway may be live. What an attempt before it left is begun anew."""
        placed = [Source(name, Path(path), excludes) for name, path, excludes in sources]
        return self._store.take(plan_id, placed, readable=[Path(path) for path in readable])

    def delta(self, plan_id: str) -> Any:
        """Catch up with what changed; the gateway is stopped. Idempotent."""
        return self._store.delta(plan_id)

    def verify(self, plan_id: str) -> None:
        """Read everything back and compare. Raises SnapshotDamaged."""
        self._store.verify(plan_id)

    def seal(self, plan_id: str) -> None:
        """From here on it exists."""
        self._store.seal(plan_id)

    def is_sealed(self, plan_id: str) -> bool:
        """Whether it exists."""
        return self._store.is_sealed(plan_id)

    def discard(self, plan_id: str) -> None:
        """Remove an unsealed snapshot; idempotent."""
        self._store.discard(plan_id)

    def restore(self, plan_id: str, *, names: Sequence[str] | None = None, aside: str | None = None) -> Any:
        """Put back, to the bit, and remove what was not there. Idempotent."""
        return self._store.restore(plan_id, names=names, aside=Path(aside) if aside is not None else None)

    def read_file(self, plan_id: str, path: str) -> bytes | None:
        """One file's bytes as they were; None when the snapshot holds no such file."""
        try:
            return self._store.read_file(plan_id, Path(path))
        except FileNotFoundError:
            return None

    def migrated_databases(self, plan_id: str) -> tuple[str, ...]:
        """Databases on the disk that are new since, or have another `user_version` than in the snapshot."""
        return migrated_databases(self._store, plan_id)

    def differs(self, plan_id: str, names: Sequence[str] | None = None) -> Sequence[Path]:
        """What on the disk is not as it was."""
        return self._store.differs(plan_id, names=names)
