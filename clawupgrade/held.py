"""What is told about snapshots that are kept: plain values, for those who list, judge and restore them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from msgspec import Struct, field


class SnapshotInfo(Struct, frozen=True):
    """One sealed snapshot; `when` is seconds since the epoch, `bytes` the size of what it restores.

    meta: plain JSON values that were noted when it was taken (`Described` makes them). readable: paths of
    the config texts that it keeps. sources: names of its parts. damaged: why its header cannot be read, or "".
    """

    snapshot_id: str
    when: float
    commit: str
    pinned: bool
    files: int = 0
    bytes: int = 0
    meta: Mapping[str, Any] = field(default_factory=dict)
    damaged: str = ""
    readable: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Revision(NamedTuple):
    """One state of a readable file: the snapshot that first held it, when, and the commit that shows it."""

    snapshot_id: str
    when: float
    commit: str


class Retention(Struct, frozen=True):
    """What to keep at most; None means no such limit. What a limit says holds for the oldest first.

    `last_known_good` names the snapshots the caller must be able to go back to; they never go, nor does a
    pinned one, nor the newest (it may be the only one that can be restored).
    """

    count: int | None = 14
    days: float | None = 90.0
    bytes: int | None = None
    free_bytes: int | None = None
    last_known_good: Collection[str] = ()


class Verdict(Struct, frozen=True):
    """What becomes of one snapshot, and the reason in words."""

    snapshot_id: str
    keep: bool
    reason: str


class PruneReport(Struct, frozen=True):
    """What became of each snapshot, newest first, and the bytes that were freed."""

    verdicts: tuple[Verdict, ...]
    freed: int


class Drilled(Struct, frozen=True):
    """A snapshot that was read back and restored into a scratch folder, where it is what it was.

    databases: opened and checked. notes: what the system refused the scratch folder (an owner, a socket).
    """

    snapshot_id: str
    files: int
    bytes: int
    databases: int
    notes: tuple[str, ...] = ()


class Since(Struct, frozen=True):
    """What was added since a snapshot, in numbers; `unread` are databases and files that could not be asked."""

    sessions: int = 0
    messages: int = 0
    jobs: int = 0
    approvals: int = 0
    unread: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """`2 sessions, 1 message, 3 jobs, 0 approvals`."""
        counted = {
            "session": self.sessions,
            "message": self.messages,
            "cron job": self.jobs,
            "approval": self.approvals,
        }
        said = ", ".join(f"{number} {name}{'' if number == 1 else 's'}" for name, number in counted.items())
        return said + (f"; {len(self.unread)} files could not be counted" if self.unread else "")

    @property
    def anything(self) -> bool:
        """Whether something would be lost, or nobody can say."""
        return bool(self.sessions or self.messages or self.jobs or self.approvals or self.unread)
