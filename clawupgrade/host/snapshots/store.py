"""The snapshot store: take while the gateway serves, delta after it stopped, verify, seal; later restore."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from clawupgrade.host.snapshots.aside import Aside
from clawupgrade.host.snapshots.capture import Capture, Tally, absolute
from clawupgrade.host.snapshots.drafts import Drafts
from clawupgrade.host.snapshots.entries import JSON, Entry, Kind, parse_all
from clawupgrade.host.snapshots.errors import SnapshotDamaged, refused
from clawupgrade.host.snapshots.header import Header, parse_header
from clawupgrade.host.snapshots.objects import ObjectStore
from clawupgrade.host.snapshots.reading import read
from clawupgrade.host.snapshots.reports import DeltaReport, Draft, RestoreReport, SnapshotInfo
from clawupgrade.host.snapshots.repository import CONFIG, PINS, SNAPSHOTS, Repository
from clawupgrade.host.snapshots.restore import Restore
from clawupgrade.host.snapshots.seen import Seen
from clawupgrade.host.snapshots.sources import Placed, Source, place, spared
from clawupgrade.host.snapshots.verify import Damage, read_back

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
_CONTENT = re.compile(rb'"sha256":"([0-9a-f]{64})"')


class SnapshotStore:
    """One folder, 0700, one writer at a time (the run's lock sees to that).

    Layout: history.git (config texts, manifests, the refs that seal), objects/ (contents), drafts/, seen/.
    """

    def __init__(self, root: Path, *, now: Callable[[], float] = time.time) -> None:
        self._root = root
        self._now = now
        self._objects = ObjectStore(root / "objects")
        self._drafts = Drafts(root / "drafts")
        self._git = Repository(root / "history.git")

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

        `readable` are texts kept as history; `progress` gets (bytes done, bytes in all, an estimate).
        Raises SnapshotRefused: the draft is gone then, and its space is free again.
        """
        _check_id(snapshot_id)
        if self.is_sealed(snapshot_id):
            raise ValueError(f"snapshot {snapshot_id} is sealed already")
        placed = tuple(place(source) for source in sources)
        if len({source.name for source in placed}) != len(placed):
            raise ValueError("two sources have one name")
        try:
            self._open_for_writing()
            self._drafts.begin(snapshot_id)
            header = Header(snapshot_id, int(self._now()), placed, _texts(readable), meta=dict(meta))
            tally = self._pass(header, progress)
        except BaseException as problem:
            self._abandon(snapshot_id)
            if isinstance(problem, OSError):
                raise refused(problem) from problem
            raise
        return Draft(
            snapshot_id=snapshot_id,
            files=tally.files,
            bytes=tally.size,
            read_bytes=tally.read_bytes,
            databases=tally.databases,
            vanished=tally.vanished,
            hard_links=tally.hard_links,
            left_out=tuple(tally.left_out),
            unsettled=tuple(map(Path, tally.unsettled)),
            outside=tuple(map(Path, tally.outside)),
        )

    def delta(self, snapshot_id: str) -> DeltaReport:
        """The same pass again after the gateway stopped: only what changed is read. Idempotent.

        Raises SnapshotRefused (the draft stays as it was) and SnapshotDamaged where there is no draft.
        """
        header = self._draft(snapshot_id)
        before = {source.name: self._states(snapshot_id, source) for source in header.sources}
        try:
            self._open_for_writing()
            tally = self._pass(header, None)
        except OSError as problem:
            raise refused(problem) from problem
        added, changed, removed = list[Path](), list[Path](), list[Path]()
        for source in header.sources:
            old, new = before[source.name], self._states(snapshot_id, source)
            for path in sorted(old.keys() | new.keys()):
                if old.get(path) != new.get(path):
                    side = added if path not in old else removed if path not in new else changed
                    side.append(Path(absolute(source.resolved, path)))
        unsettled = tuple(map(Path, tally.unsettled))
        return DeltaReport(
            snapshot_id, tuple(added), tuple(changed), tuple(removed), unsettled, tally.read_bytes
        )

    def verify(self, snapshot_id: str) -> None:
        """Read back every content and check every database copy; a draft's only once each.

        Raises SnapshotDamaged that names the file. A damaged content of a draft is dropped from the store,
        so that taking the snapshot again reads the file again.
        """
        sealed = self.is_sealed(snapshot_id)
        already = set[str]() if sealed else self._drafts.verified(snapshot_id)
        result = read_back(self.entries(snapshot_id), self._objects, already)
        if isinstance(result, Damage):
            if not sealed:
                self._objects.drop(result.content)
            raise result.error(snapshot_id)
        if not sealed:
            self._drafts.mark_verified(snapshot_id, already | result)

    def seal(self, snapshot_id: str) -> None:
        """Make the draft a snapshot: the ref is written last. Reads back first if nobody did."""
        if not self.is_sealed(snapshot_id):
            self.verify(snapshot_id)
            header = self._drafts.header(snapshot_id)
            files = {"snapshot.json": header.text()}
            for source in header.sources:
                files[f"manifest/{source.name}.jsonl"] = self._drafts.manifest(snapshot_id, source.name)
            texts = {_text_name(path): self._content(sha256) for path, sha256 in header.readable if sha256}
            try:
                self._git.create()
                if texts:
                    parent = self._tip_before(snapshot_id)
                    self._git.set_ref(CONFIG, self._git.commit(texts, snapshot_id, header.when, parent))
                commit = self._git.commit(files | texts, snapshot_id, header.when)
                self._git.set_ref(SNAPSHOTS + snapshot_id, commit)
            except OSError as problem:
                raise refused(problem) from problem
        self._drafts.remove(snapshot_id)

    def is_sealed(self, snapshot_id: str) -> bool:
        """Whether this snapshot exists for list and restore."""
        return self._git.ref(SNAPSHOTS + _check_id(snapshot_id)) is not None

    def discard(self, snapshot_id: str) -> None:
        """Forget a draft and free what only it needed; a sealed snapshot stays. Idempotent."""
        self._drafts.remove(_check_id(snapshot_id))
        self._objects.sweep(self._named())

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
        and run again. Hard links come back as files of their own. Raises SnapshotDamaged.
        """
        header = self._sealed(snapshot_id)
        chosen = [source for source in header.sources if names is None or source.name in names]
        self._need_contents(snapshot_id, chosen)
        notes: list[str] = []
        written = removed = unchanged = 0
        for source in chosen:
            root = str(into / source.name) if into else _where(source)
            done = Restore(
                root,
                source.name,
                self._objects,
                spared(source, root, self._root),
                Seen(self._root, root).load(),
                Aside(aside) if aside else None,
                lambda path, what: notes.append(f"{path}: {what}"),
            ).run(self._source_entries(snapshot_id, source.name))
            written, removed, unchanged = (
                written + done.written,
                removed + done.removed,
                unchanged + done.unchanged,
            )
        return RestoreReport(snapshot_id, written, removed, unchanged, tuple(notes))

    def read_file(self, snapshot_id: str, path: Path) -> bytes:
        """The bytes a file had; of a database, its whole copy. Raises FileNotFoundError if it is not held."""
        header = self._header(snapshot_id)
        for text, sha256 in header.readable:
            if text == str(path) and sha256:
                return self._content(sha256)
        for source in header.sources:
            for top in {source.path, source.resolved}:
                inside = os.path.relpath(path, top)
                if inside.startswith(".."):
                    continue
                for entry in self._source_entries(snapshot_id, source.name):
                    if entry.path == inside and entry.kind.has_content:
                        return self._content(entry.sha256)
        raise FileNotFoundError(2, f"snapshot {snapshot_id} holds no such file", str(path))

    def entries(self, snapshot_id: str) -> Iterator[Entry]:
        """Every entry of every source, of a snapshot or a draft."""
        for source in self._header(snapshot_id).sources:
            yield from self._source_entries(snapshot_id, source.name)

    def list(self) -> list[SnapshotInfo]:
        """All sealed snapshots, oldest first."""
        found = []
        for snapshot_id in self._git.refs(SNAPSHOTS):
            header, commit = self._sealed(snapshot_id), self._git.ref(SNAPSHOTS + snapshot_id)
            pinned = self._git.ref(PINS + snapshot_id) is not None
            found.append(
                SnapshotInfo(
                    snapshot_id,
                    header.when,
                    commit or "",
                    pinned,
                    header.files,
                    header.size,
                    dict(header.meta),
                )
            )
        return sorted(found, key=lambda info: (info.when, info.snapshot_id))

    def _open_for_writing(self) -> None:
        os.makedirs(self._root, 0o700, exist_ok=True)
        self._objects.open_for_writing(self._named)

    def _pass(self, header: Header, progress: Callable[[int, int], None] | None) -> Tally:
        """Read all sources and texts into the draft; the header is written last."""
        tally, done = Tally(), 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            if progress is not None:
                progress(done, max(done, total))

        total = sum(info.bytes for info in self.list()[-1:]) if progress is not None else 0
        capture = Capture(self._root, self._objects, advance)
        for source in header.sources:
            self._drafts.write_manifest(header.snapshot_id, source.name, capture.source(source, tally))
        texts = tuple((path, self._read_text(path)) for path, _ in header.readable)
        self._objects.settle()
        self._drafts.write_header(replace(header, readable=texts, files=tally.files, size=tally.size))
        self._objects.settle()
        return tally

    def _read_text(self, path: str) -> str:
        try:
            return read(os.path.realpath(path), self._objects).sha256
        except FileNotFoundError:
            return ""

    def _abandon(self, snapshot_id: str) -> None:
        """After a failed take: a full disk is given back at once, a read-only one cannot be cleaned."""
        with suppress(OSError):
            self.discard(snapshot_id)

    def _header(self, snapshot_id: str) -> Header:
        return self._sealed(snapshot_id) if self.is_sealed(snapshot_id) else self._draft(snapshot_id)

    def _draft(self, snapshot_id: str) -> Header:
        if not self._drafts.exists(_check_id(snapshot_id)):
            raise _unknown(snapshot_id)
        return self._drafts.header(snapshot_id)

    def _sealed(self, snapshot_id: str) -> Header:
        commit = self._git.ref(SNAPSHOTS + _check_id(snapshot_id))
        if commit is None:
            raise _unknown(snapshot_id)
        return parse_header(self._git.file(commit, "snapshot.json"))

    def _source_entries(self, snapshot_id: str, source: str) -> Iterator[Entry]:
        commit = self._git.ref(SNAPSHOTS + snapshot_id)
        if commit is None:
            manifest = self._drafts.manifest(snapshot_id, source)
        else:
            manifest = self._git.file(commit, f"manifest/{source}.jsonl")
        return parse_all(source, manifest)

    def _states(self, snapshot_id: str, source: Placed) -> dict[str, str]:
        entries = self._source_entries(snapshot_id, source.name)
        return {entry.path: entry.line() for entry in entries if entry.kind is not Kind.ABSENT}

    def _content(self, sha256: str) -> bytes:
        return Path(self._objects.path(sha256)).read_bytes()

    def _named(self) -> set[str]:
        """Every content that a snapshot or a draft needs."""
        manifests = [
            self._git.file(commit, f"manifest/{source.name}.jsonl")
            for snapshot_id in self._git.refs(SNAPSHOTS)
            if (commit := self._git.ref(SNAPSHOTS + snapshot_id))
            for source in self._sealed(snapshot_id).sources
        ]
        return {
            match.decode("ascii")
            for manifest in (*manifests, *self._drafts.manifests())
            for match in _CONTENT.findall(manifest)
        }

    def _need_contents(self, snapshot_id: str, sources: Sequence[Placed]) -> None:
        """Nothing is touched before every content is known to be there."""
        known = self._objects.known()
        for source in sources:
            for entry in self._source_entries(snapshot_id, source.name):
                if entry.kind.has_content and entry.sha256 not in known:
                    raise Damage(entry.sha256, f"{source.name}/{entry.path}", "its content is missing").error(
                        snapshot_id
                    )

    def _tip_before(self, snapshot_id: str) -> str | None:
        """The newest config commit that a seal cut short did not leave behind."""
        return next((commit for commit, _, message in self._git.line(CONFIG) if message != snapshot_id), None)


def _check_id(snapshot_id: str) -> str:
    if not _ID.fullmatch(snapshot_id) or len(snapshot_id) > 200 or snapshot_id.endswith(".lock"):
        raise ValueError(f"not a name for a snapshot: {snapshot_id!r}")
    return snapshot_id


def _unknown(snapshot_id: str) -> SnapshotDamaged:
    return SnapshotDamaged(f"there is no snapshot {snapshot_id}", "See `clawupgrade snapshot list`.")


def _texts(readable: Sequence[Path]) -> tuple[tuple[str, str], ...]:
    return tuple((path, "") for path in dict.fromkeys(map(str, readable)))


def _text_name(path: str) -> str:
    return "config/" + quote(os.fsencode(path.lstrip("/")), safe="/ !#$&'()+,;=@[]{}~")


def _where(source: Placed) -> str:
    """Where a source lies today: through a link at its top if there is one, else where it lay."""
    if source.path != source.resolved and not os.path.lexists(source.path):
        os.makedirs(os.path.dirname(source.path), exist_ok=True)
        os.symlink(source.resolved, source.path)
    return os.path.realpath(source.path)
