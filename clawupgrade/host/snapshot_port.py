"""The snapshot store behind the core's `Snapshots` port: plain values in, one kind of error out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from clawupgrade.errors import UsageError
from clawupgrade.held import Drilled, PruneReport, Retention, Revision, Since, SnapshotInfo, Verdict
from clawupgrade.host.migrated import migrated_databases
from clawupgrade.host.snapshots import SnapshotStore, Source
from clawupgrade.host.snapshots.databases import back_up
from clawupgrade.ports import Event

_PAUSE = 0.2


def rarely(say: Callable[[Event], None]) -> Callable[[int, int], None]:
    """Tells progress five times a second at most: 13,000 files must not become 13,000 lines."""
    last = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PAUSE:
            last = now
            say(Event("progress", "snapshot", done=done, total=total))

    return progress


class StoredSnapshots:
    """The `Snapshots` port over one store."""

    def __init__(self, store: SnapshotStore, say: Callable[[Event], None] | None = None) -> None:
        self._store = store
        self._say = say

    def take(
        self,
        plan_id: str,
        sources: Sequence[tuple[str, str, tuple[str, ...]]],
        readable: Sequence[str],
        meta: Mapping[str, Any] = {},
    ) -> Any:
        """First full pass; the gateway may be live. What an attempt before it left is begun anew."""
        placed = [Source(name, Path(path), excludes) for name, path, excludes in sources]
        progress = None if self._say is None else rarely(self._say)
        texts = [Path(path) for path in readable]
        return self._store.take(plan_id, placed, readable=texts, meta=meta, progress=progress)

    def delta(self, plan_id: str) -> Any:
        """Catch up with what changed; the gateway is stopped. Idempotent."""
        return self._store.delta(plan_id)

    def verify(self, plan_id: str) -> None:
        """Read everything back and compare. Raises SnapshotDamaged."""
        self._store.verify(plan_id)

    def left_out(self, plan_id: str) -> Sequence[str]:
        """What its patterns left out, relative to each source; a folder stands for all below it."""
        return self._store.left_out(plan_id)

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

    def copy_database(self, path: str, target: str) -> None:
        """A whole copy of a live database, 0600, by SQLite's own means. Raises SnapshotRefused."""
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        back_up(path, target)

    def since(self, plan_id: str) -> Since:
        """What was added to the state since, in numbers: what restoring it would lose."""
        return self._store.since(plan_id)

    def listed(self) -> Sequence[SnapshotInfo]:
        """All sealed snapshots, oldest first, damaged ones too."""
        return self._store.list()

    def pin(self, plan_id: str, *, pinned: bool) -> None:
        """Keep it whatever a policy says, or let the policy decide again. Idempotent."""
        if pinned:
            self._store.pin(plan_id)
        else:
            self._store.unpin(plan_id)

    def judge(self, policy: Retention) -> Sequence[Verdict]:
        """What `prune` would let go; nothing goes."""
        return self._store.judge(policy)

    def prune(self, policy: Retention) -> PruneReport:
        """Let go what the policy does not keep."""
        return self._store.prune(policy)

    def drill(self, plan_id: str) -> Drilled:
        """Read back, restore into a scratch folder, compare."""
        return self._store.drill(plan_id)

    def export(self, plan_id: str, target: str, recipients: Sequence[str] = ()) -> None:
        """Write it as one tar, 0600; with age recipients encrypted for them. Raises UsageError."""
        try:
            self._store.export(plan_id, Path(target), recipients=recipients)
        except ValueError as error:
            raise UsageError(str(error), "age-keygen makes a key and prints its recipient") from error

    def note(self, name: str, readable: Sequence[str]) -> None:
        """Add config texts as they are now to their history, under a name of its own."""
        self._store.note(name, [Path(path) for path in readable])

    def noted(self, name: str, path: str) -> bytes | None:
        """A config text as the point of its history with this name has it; a snapshot's id is one."""
        return self._store.noted(name, Path(path))

    def revisions(self, path: str) -> Sequence[Revision]:
        """The states that a config text had, oldest first."""
        return self._store.history(Path(path))

    def text(self, commit: str, path: str) -> bytes | None:
        """A config text as a commit of its history has it."""
        try:
            return self._store.text(commit, Path(path))
        except FileNotFoundError:
            return None
