"""Restores whole snapshots: every content is known to be there before the first file is touched."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from clawupgrade.host.snapshots.archive import Archive
from clawupgrade.host.snapshots.aside import Aside
from clawupgrade.host.snapshots.errors import SnapshotDamaged, shown
from clawupgrade.host.snapshots.reports import RestoreReport
from clawupgrade.host.snapshots.restore import Restore, make_parents
from clawupgrade.host.snapshots.seen import Seen
from clawupgrade.host.snapshots.sources import Placed, spared
from clawupgrade.host.snapshots.verify import Damage


def restore(
    archive: Archive, snapshot_id: str, names: Collection[str] | None, into: Path | None, aside: Path | None
) -> RestoreReport:
    """Put sources back; see SnapshotStore.restore."""
    header = archive.sealed(snapshot_id)
    chosen = [source for source in header.sources if names is None or source.name in names]
    if names is not None and len(chosen) < len(set(names)):
        missing = ", ".join(sorted(set(names) - {source.name for source in chosen}))
        raise SnapshotDamaged(f"snapshot {snapshot_id} has no part named {missing}")
    _need_contents(archive, snapshot_id, chosen)
    notes: list[str] = []
    written = removed = unchanged = 0
    for source in chosen:
        root = str(into / source.name) if into else where(source)
        done = Restore(
            root,
            source.name,
            archive.objects,
            spared(source, root, archive.root),
            Seen(archive.root, root).load(),
            Aside(aside) if aside else None,
            lambda path, what: notes.append(f"{shown(path)}: {what}"),
        ).run(archive.entries(snapshot_id, source.name))
        written += done.written
        removed += done.removed
        unchanged += done.unchanged
    return RestoreReport(snapshot_id, written, removed, unchanged, tuple(notes))


def where(source: Placed) -> str:
    """Where a source lies today; a link that stood at its top stands there again."""
    if source.was_link and not os.path.lexists(source.path):
        make_parents(os.path.dirname(source.path))
        os.symlink(source.resolved, source.path)
    return source.root


def _need_contents(archive: Archive, snapshot_id: str, sources: Sequence[Placed]) -> None:
    for source in sources:
        for entry in archive.entries(snapshot_id, source.name):
            if entry.kind.has_content and not archive.objects.holds(entry.sha256):
                what = "its content is missing from the store"
                raise Damage(entry.sha256, f"{source.name}/{entry.path}", what).error(snapshot_id)
