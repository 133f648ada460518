"""The store of snapshots, and the history of the config's texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from clawupgrade.held import Drilled, PruneReport, Retention, Revision, Since, SnapshotInfo, Verdict


class Snapshots(Protocol):
    """The store of snapshots (host/snapshots)."""

    def take(
        self,
        plan_id: str,
        sources: Sequence[tuple[str, str, tuple[str, ...]]],
        readable: Sequence[str],
        meta: Mapping[str, Any] = {},
    ) -> Any:
        """First full pass; the gateway may be live. `meta`: plain JSON values that describe it."""
        ...

    def delta(self, plan_id: str) -> Any:
        """Catch up with what changed; the gateway is stopped. Idempotent."""
        ...

    def verify(self, plan_id: str) -> None:
        """Read everything back and compare. Raises SnapshotDamaged."""
        ...

    def left_out(self, plan_id: str) -> Sequence[str]:
        """What its patterns left out, relative to each source; a folder stands for all below it."""
        ...

    def seal(self, plan_id: str) -> None:
        """From here on it exists."""
        ...

    def is_sealed(self, plan_id: str) -> bool:
        """Whether it exists."""
        ...

    def discard(self, plan_id: str) -> None:
        """Remove an unsealed snapshot; idempotent."""
        ...

    def restore(self, plan_id: str, *, names: Sequence[str] | None = None, aside: str | None = None) -> Any:
        """Put back, to the bit, and remove what was not there. Idempotent."""
        ...

    def read_file(self, plan_id: str, path: str) -> bytes | None:
        """One file's bytes as they were."""
        ...

    def migrated_databases(self, plan_id: str) -> tuple[str, ...]:
        """Databases on the disk that are new since, or have another `user_version` than in the snapshot."""
        ...

    def differs(self, plan_id: str, names: Sequence[str] | None = None) -> Sequence[Path]:
        """What on the disk is not as it was."""
        ...

    def copy_database(self, path: str, target: str) -> None:
        """A whole copy of a live database, by SQLite's own means. Raises SnapshotRefused."""
        ...

    def since(self, plan_id: str) -> Since:
        """What was added to the state since, in numbers: what restoring it would lose."""
        ...

    def listed(self) -> Sequence[SnapshotInfo]:
        """All sealed snapshots, oldest first, damaged ones too."""
        ...

    def pin(self, plan_id: str, *, pinned: bool) -> None:
        """Keep it whatever a policy says, or let the policy decide again. Idempotent."""
        ...

    def judge(self, policy: Retention) -> Sequence[Verdict]:
        """What `prune` would let go; nothing goes."""
        ...

    def prune(self, policy: Retention) -> PruneReport:
        """Let go what the policy does not keep. Raises SnapshotDamaged, SnapshotRefused."""
        ...

    def drill(self, plan_id: str) -> Drilled:
        """Read back, restore into a scratch folder, compare. Raises SnapshotDamaged, SnapshotRefused."""
        ...

    def export(self, plan_id: str, target: str, recipients: Sequence[str] = ()) -> None:
        """Write it as one tar, 0600; with age recipients encrypted for them."""
        ...

    def note(self, name: str, readable: Sequence[str]) -> None:
        """Add config texts as they are now to their history, under a name of its own."""
        ...

    def noted(self, name: str, path: str) -> bytes | None:
        """A config text as the point of its history with this name has it; a snapshot's id is one."""
        ...

    def revisions(self, path: str) -> Sequence[Revision]:
        """The states that a config text had, oldest first."""
        ...

    def text(self, commit: str, path: str) -> bytes | None:
        """A config text as a commit of its history has it."""
        ...
