"""The restore drill: a snapshot is worth what a restore gives back, so one is made, looked at, thrown away."""

from __future__ import annotations

import os
from pathlib import Path

from clawupgrade.held import Drilled
from clawupgrade.host import trees
from clawupgrade.host.snapshots import making, putting_back
from clawupgrade.host.snapshots.archive import Archive
from clawupgrade.host.snapshots.drift import drift
from clawupgrade.host.snapshots.entries import Entry, Kind
from clawupgrade.host.snapshots.errors import SnapshotDamaged, SnapshotRefused, refused, shown
from clawupgrade.host.snapshots.folders import private_folder
from clawupgrade.host.snapshots.looking import absolute
from clawupgrade.host.snapshots.seen import Seen
from clawupgrade.host.snapshots.sources import Spared

_SPARE = 64 << 20  # a drill must not be what fills the disk


def drill(archive: Archive, snapshot_id: str) -> Drilled:
    """Read back, restore, compare; see SnapshotStore.drill. The scratch folder is `root/drill`, 0700."""
    header = archive.sealed(snapshot_id)
    making.verify(archive, snapshot_id)
    scratch = archive.root / "drill"
    databases = 0
    try:
        trees.remove(str(scratch))
        _require_room(archive.root, header.size)
        private_folder(scratch)
        done = putting_back.restore(archive, snapshot_id, None, scratch, None)
        for source in header.sources:
            entries = [*archive.entries(snapshot_id, source.name)]
            databases += sum(entry.kind is Kind.DATABASE for entry in entries)
            _compare(snapshot_id, archive.root, str(scratch / source.name), entries)
    except OSError as problem:
        raise refused(problem) from problem
    finally:
        trees.remove(str(scratch))
    return Drilled(snapshot_id, header.files, header.size, databases, done.notes)


def _require_room(root: Path, size: int) -> None:
    space = os.statvfs(root)
    free = space.f_bavail * space.f_frsize
    if size + _SPARE > free:
        raise SnapshotRefused(
            f"no room for a restore drill: {size / 1e6:,.0f} MB are to be restored below {shown(root)}, "
            f"{free / 1e6:,.0f} MB are free",
            "Free some space, or verify without the drill: --no-drill.",
        )


def _compare(snapshot_id: str, store: Path, root: str, entries: list[Entry]) -> None:
    wrong = [str(path) for path in drift(root, entries, Spared(()), Seen(store, root))]
    wrong += [
        absolute(root, entry.path)
        for entry in entries
        if entry.kind in (Kind.FILE, Kind.DATABASE, Kind.DIR)
        and os.lstat(absolute(root, entry.path)).st_mtime_ns != entry.mtime_ns
    ]
    if wrong:
        raise SnapshotDamaged(
            f"snapshot {snapshot_id} does not restore to what it was: {len(wrong)} files differ, "
            f"{shown(wrong[0])} among them",
            "Take a new snapshot; this one must not be relied on.",
        )
