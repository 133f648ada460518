"""What the store holds: sealed snapshots and drafts by name, their headers, entries and contents."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from clawupgrade.host.snapshots.drafts import Drafts
from clawupgrade.host.snapshots.entries import CONTENT, Entry, parse_all
from clawupgrade.host.snapshots.errors import SnapshotDamaged
from clawupgrade.host.snapshots.header import Header, parse_header
from clawupgrade.host.snapshots.objects import ObjectStore
from clawupgrade.host.snapshots.repository import SNAPSHOTS, Repository

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")


class Archive:
    """The parts of one store and how to find things in them.

    Layout below `root`: history.git (config texts, manifests, the refs that seal), objects/ (contents),
    drafts/ (not sealed yet), seen/ (a cache).
    """

    def __init__(self, root: Path, now: Callable[[], float] = time.time) -> None:
        self.root = root
        self.objects = ObjectStore(root / "objects", now)
        self.drafts = Drafts(root / "drafts")
        self.git = Repository(root / "history.git")

    def is_sealed(self, snapshot_id: str) -> bool:
        """Whether this snapshot exists for list and restore."""
        return self.git.ref(SNAPSHOTS + checked(snapshot_id)) is not None

    def commit(self, snapshot_id: str) -> str:
        """The commit that seals it; raises SnapshotDamaged if there is none."""
        commit = self.git.ref(SNAPSHOTS + checked(snapshot_id))
        if commit is None:
            raise _unknown(snapshot_id)
        return commit

    def sealed(self, snapshot_id: str) -> Header:
        """The header of a sealed snapshot; raises SnapshotDamaged."""
        return parse_header(self.git.file(self.commit(snapshot_id), "snapshot.json"))

    def draft(self, snapshot_id: str) -> Header:
        """The header of a complete draft; raises SnapshotDamaged."""
        if not self.drafts.exists(checked(snapshot_id)):
            raise _unknown(snapshot_id)
        return self.drafts.header(snapshot_id)

    def header(self, snapshot_id: str) -> Header:
        """The header of a snapshot, else of a draft of that name."""
        return self.sealed(snapshot_id) if self.is_sealed(snapshot_id) else self.draft(snapshot_id)

    def manifest(self, snapshot_id: str, source: str) -> bytes:
        """One source's manifest, of a snapshot or else of a draft."""
        if self.is_sealed(snapshot_id):
            return self.git.file(self.commit(snapshot_id), manifest_name(source))
        return self.drafts.manifest(snapshot_id, source)

    def entries(self, snapshot_id: str, source: str) -> Iterator[Entry]:
        """One source's entries, folders before what is in them."""
        return parse_all(source, self.manifest(snapshot_id, source))

    def manifests(self, snapshot_id: str) -> Iterator[tuple[str, bytes]]:
        """(source, manifest) of every source."""
        for source in self.header(snapshot_id).sources:
            yield source.name, self.manifest(snapshot_id, source.name)

    def all_entries(self, snapshot_id: str) -> Iterator[Entry]:
        """Every entry of every source."""
        for source in self.header(snapshot_id).sources:
            yield from self.entries(snapshot_id, source.name)

    def content(self, sha256: str) -> bytes:
        """One content as a whole; for small ones."""
        with self.objects.reader(sha256) as content:
            return content.read()

    def named(self) -> set[str]:
        """Every content that a snapshot or a draft needs; raises SnapshotDamaged if one cannot be read."""
        found = {match for manifest in self._manifests() for match in CONTENT.findall(manifest)}
        texts = [self.sealed(snapshot_id).readable for snapshot_id in self.git.refs(SNAPSHOTS)]
        texts += [self.drafts.header(name).readable for name in self.drafts.ids() if self.drafts.exists(name)]
        return {match.decode("ascii") for match in found} | {sha256 for text in texts for _, sha256 in text}

    def _manifests(self) -> Iterator[bytes]:
        for snapshot_id in self.git.refs(SNAPSHOTS):
            for source in self.sealed(snapshot_id).sources:
                yield self.manifest(snapshot_id, source.name)
        yield from self.drafts.manifests()


def checked(snapshot_id: str) -> str:
    """A name that is safe as a file and as a ref; raises ValueError for any other."""
    if not _ID.fullmatch(snapshot_id) or len(snapshot_id) > 200 or snapshot_id.endswith(".lock"):
        raise ValueError(f"not a name for a snapshot: {snapshot_id!r}")
    return snapshot_id


def manifest_name(source: str) -> str:
    """Where a source's manifest lies in a snapshot's commit."""
    return f"manifest/{source}.jsonl"


def _unknown(snapshot_id: str) -> SnapshotDamaged:
    return SnapshotDamaged(f"there is no snapshot {snapshot_id}", "See `clawupgrade snapshot list`.")
