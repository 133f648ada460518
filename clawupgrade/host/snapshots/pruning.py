"""Lets snapshots go: the refs first, then what only they needed. Cut short, the next run finishes it."""

from __future__ import annotations

import os
from collections.abc import Sequence

from clawupgrade.held import PruneReport, Retention, SnapshotInfo, Verdict
from clawupgrade.host.snapshots.archive import Archive
from clawupgrade.host.snapshots.errors import refused
from clawupgrade.host.snapshots.repository import PINS, SNAPSHOTS
from clawupgrade.host.snapshots.retention import judge


def prune(archive: Archive, snapshots: Sequence[SnapshotInfo], policy: Retention, now: float) -> PruneReport:
    """Judge and let go; raises SnapshotDamaged, before anything is removed, if a manifest cannot be read."""
    verdicts = judged(archive, snapshots, policy, now)
    gone = [verdict.snapshot_id for verdict in reversed(verdicts) if not verdict.keep]
    return PruneReport(verdicts, forget(archive, gone) if gone else 0)


def judged(archive: Archive, snapshots: Sequence[SnapshotInfo], policy: Retention, now: float) -> tuple[Verdict, ...]:
    """What would become of each; nothing goes. Raises SnapshotDamaged."""
    if not snapshots:
        return ()
    archive.named()
    space = os.statvfs(archive.root)
    return tuple(
        judge(
            snapshots,
            policy,
            now=now,
            contents=lambda snapshot_id: _contents(archive, snapshot_id),
            used=archive.objects.size(),
            free=space.f_bavail * space.f_frsize,
        )
    )


def forget(archive: Archive, snapshot_ids: Sequence[str]) -> int:
    """Let these go, pinned or not; returns the bytes freed. Idempotent."""
    try:
        for snapshot_id in snapshot_ids:
            archive.git.drop_ref(SNAPSHOTS + snapshot_id)
            archive.git.drop_ref(PINS + snapshot_id)
        if not archive.git.exists():
            return 0
        needed = archive.named()
        archive.git.sweep()
        return archive.objects.sweep(needed)
    except OSError as problem:
        raise refused(problem) from problem


def _contents(archive: Archive, snapshot_id: str) -> dict[str, int]:
    return {entry.sha256: entry.size for entry in archive.all_entries(snapshot_id) if entry.kind.has_content}
