"""The snapshot store: take while the gateway serves, delta after it stopped, verify, seal; later restore."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from clawupgrade.held import Drilled, PruneReport, Retention, Revision, Since, SnapshotInfo, Verdict
from clawupgrade.host.snapshots import making, pruning, putting_back
from clawupgrade.host.snapshots.archive import Archive, checked
from clawupgrade.host.snapshots.drift import drift
from clawupgrade.host.snapshots.drill import drill
from clawupgrade.host.snapshots.entries import JSON, Entry
from clawupgrade.host.snapshots.errors import SnapshotDamaged
from clawupgrade.host.snapshots.reports import DeltaReport, Draft, RestoreReport
from clawupgrade.host.snapshots.repository import CONFIG, PINS, SNAPSHOTS
from clawupgrade.host.snapshots.seen import Seen
from clawupgrade.host.snapshots.since import since
from clawupgrade.host.snapshots.sources import Source, spared

Paths: TypeAlias = list[Path]  # inside the class, `list` is its method
Revisions: TypeAlias = list[Revision]


class SnapshotStore:
    """One folder, 0700, and one writer at a time: the run's lock sees to that."""

    def __init__(self, root: Path, *, now: Callable[[], float] = time.time) -> None:
        """Nothing is made on disk before the first `take`."""
        self._archive = Archive(root, now)
        self._now = now

    def take(
        self,
        snapshot_id: str,
        sources: Sequence[Source],
        *,
        readable: Sequence[Path] = (),
        meta: Mapping[str, JSON] = {},
        progress: Callable[[int, int], None] | None = None,
    ) -> Draft:
        """A full pass while the gateway may be live; the draft is durable but not sealed.

        `readable` are texts kept as history; `progress` gets (bytes dealt with, bytes found so far).
        Raises SnapshotRefused: the draft is gone then, and its space is free again.
        """
        header = making.first_page(snapshot_id, self._now(), sources, readable, meta)
        return making.take(self._archive, header, progress)

    def delta(self, snapshot_id: str) -> DeltaReport:
        """The same pass again after the gateway stopped: only what changed is read. Idempotent.

        Raises SnapshotRefused (the draft stays as it was) and SnapshotDamaged where there is no draft.
        """
        return making.delta(self._archive, snapshot_id)

    def verify(self, snapshot_id: str) -> None:
        """Read back every content and check every database copy; a draft's only once each.

        Raises SnapshotDamaged that names the file. A damaged content of a draft is dropped from the store,
        so that taking the snapshot again reads the file again.
        """
        making.verify(self._archive, snapshot_id)

    def left_out(self, snapshot_id: str) -> tuple[str, ...]:
        """What the patterns of its sources left out; a folder stands for all below it."""
        return self._archive.header(snapshot_id).left_out

    def seal(self, snapshot_id: str) -> None:
        """Make the draft a snapshot: the ref is written last. Reads back first if nobody did. Idempotent."""
        making.seal(self._archive, snapshot_id)

    def is_sealed(self, snapshot_id: str) -> bool:
        """Whether this snapshot exists for list and restore."""
        return self._archive.is_sealed(snapshot_id)

    def discard(self, snapshot_id: str) -> None:
        """Forget a draft and free what only it needed; a sealed snapshot stays. Idempotent."""
        making.discard(self._archive, snapshot_id)

    def restore(
        self,
        snapshot_id: str,
        *,
        names: Collection[str] | None = None,
        into: Path | None = None,
        aside: Path | None = None,
    ) -> RestoreReport:
        """Put sources back, all or those in `names`; with `into`, below that folder by name (a drill).

        What is replaced or removed is moved below `aside/<source>/` where given. Safe to be killed anywhere
        and run again. Hard links come back as files of their own. Raises SnapshotDamaged, also for
        a name that the snapshot has not.
        """
        return putting_back.restore(self._archive, snapshot_id, names, into, aside)

    def read_file(self, snapshot_id: str, path: Path) -> bytes:
        """The bytes a file had; of a database, its whole copy. Raises FileNotFoundError if it is not held."""
        header = self._archive.header(snapshot_id)
        for text, sha256 in header.readable:
            if text == str(path) and sha256:
                return self._archive.content(sha256)
        for source in header.sources:
            for top in {source.path, source.resolved}:
                inside = os.path.relpath(path, top)
                if not inside.startswith(".."):
                    for entry in self._archive.entries(snapshot_id, source.name):
                        if entry.path == inside and entry.kind.has_content:
                            return self._archive.content(entry.sha256)
        raise FileNotFoundError(2, f"snapshot {snapshot_id} holds no such file", str(path))

    def entries(self, snapshot_id: str) -> Iterator[Entry]:
        """Every entry of every source, of a snapshot or a draft."""
        return self._archive.all_entries(snapshot_id)

    def list(self) -> list[SnapshotInfo]:
        """All sealed snapshots, oldest first; one whose header cannot be read says so in `damaged`."""
        found = []
        for snapshot_id in self._archive.git.refs(SNAPSHOTS):
            pinned = self._archive.git.ref(PINS + snapshot_id) is not None
            commit = self._archive.commit(snapshot_id)
            try:
                header = self._archive.sealed(snapshot_id)
            except SnapshotDamaged as problem:
                found.append(SnapshotInfo(snapshot_id, 0.0, commit, pinned, damaged=problem.message))
                continue
            found.append(
                SnapshotInfo(
                    snapshot_id,
                    header.when,
                    commit,
                    pinned,
                    header.files,
                    header.size,
                    dict(header.meta),
                    readable=tuple(path for path, _ in header.readable),
                    sources=tuple(source.name for source in header.sources),
                )
            )
        return sorted(found, key=lambda info: (info.when, info.snapshot_id))

    def differs(self, snapshot_id: str, names: Collection[str] | None = None) -> Paths:
        """What on disk is not as the snapshot has it now, all sources or those in `names`; cheap."""
        found = list[Path]()
        for source in self._archive.header(snapshot_id).sources:
            if names is None or source.name in names:
                root = source.root
                entries = [*self._archive.entries(snapshot_id, source.name)]
                seen = Seen(self._archive.root, root).load()
                found += drift(root, entries, spared(source, root, self._archive.root), seen)
        return found

    def since(self, snapshot_id: str) -> Since:
        """What was added to the state since, in numbers; nothing of it is changed or locked for long."""
        return since(self._archive, snapshot_id)

    def content(self, sha256: str) -> Path:
        """Where a large content lies, such as a database; for reading only."""
        return Path(self._archive.objects.path(sha256))

    def pin(self, snapshot_id: str) -> None:
        """Keep it whatever the policy says. Idempotent."""
        self._archive.git.set_ref(PINS + snapshot_id, self._archive.commit(snapshot_id))

    def unpin(self, snapshot_id: str) -> None:
        """Let the policy decide again. Idempotent."""
        self._archive.git.drop_ref(PINS + checked(snapshot_id))

    def prune(self, policy: Retention) -> PruneReport:
        """Let go what the policy does not keep; config history stays. Raises SnapshotDamaged."""
        return pruning.prune(self._archive, self.list(), policy, self._now())

    def judge(self, policy: Retention) -> tuple[Verdict, ...]:
        """What `prune` would let go, newest first; nothing goes. Raises SnapshotDamaged."""
        return pruning.judged(self._archive, self.list(), policy, self._now())

    def drill(self, snapshot_id: str) -> Drilled:
        """Read everything back, restore it into a scratch folder, compare, and throw the folder away.

        Raises SnapshotDamaged where something is not what it was, SnapshotRefused where there is no room.
        """
        return drill(self._archive, snapshot_id)

    def forget(self, snapshot_id: str) -> int:
        """Let one snapshot go, whatever the policy says; returns the bytes freed. Idempotent."""
        return pruning.forget(self._archive, [checked(snapshot_id)])

    def export(self, snapshot_id: str, target: Path, *, recipients: Sequence[str] = ()) -> None:
        """Write one snapshot as a tar, 0600; with age recipients (`age1…`) encrypted for them."""
        from clawupgrade.host.snapshots.export import export  # tarfile and cryptography: no run needs them

        export(self._archive, snapshot_id, target, recipients)

    def history(self, path: Path) -> Revisions:
        """The states a readable text had, oldest first; those of pruned snapshots stay readable."""
        found, last = list[Revision](), None
        for commit, when, snapshot_id in reversed([*self._archive.git.line(CONFIG)]):
            blob = self._archive.git.blob_name(commit, making.text_name(str(path)))
            if blob != last and blob is not None:
                found.append(Revision(snapshot_id, when, commit))
            last = blob
        return found

    def note(self, name: str, readable: Sequence[Path]) -> None:
        """Add texts as they are now to their history, under a name of its own, without a snapshot."""
        making.note(self._archive, checked(name), int(self._now()), readable)

    def noted(self, name: str, path: Path) -> bytes | None:
        """A readable text as the newest point of its history with this name has it; None for neither."""
        for commit, _, message in self._archive.git.line(CONFIG):
            if message == name:
                with suppress(FileNotFoundError):
                    return self.text(commit, path)
                return None
        return None

    def text(self, commit: str, path: Path) -> bytes:
        """A readable text as a commit of its history has it; raises FileNotFoundError."""
        try:
            return self._archive.git.file(commit, making.text_name(str(path)))
        except KeyError as problem:
            raise FileNotFoundError(2, "not kept in this commit", str(path)) from problem
