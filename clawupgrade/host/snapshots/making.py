"""Makes a snapshot: a pass while the gateway serves, a pass after it stopped, reading back, sealing."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from msgspec.structs import replace

from clawupgrade.host.snapshots.archive import Archive, checked, manifest_name
from clawupgrade.host.snapshots.capture import Capture, Tally
from clawupgrade.host.snapshots.comparison import changes
from clawupgrade.host.snapshots.entries import JSON
from clawupgrade.host.snapshots.errors import refused
from clawupgrade.host.snapshots.folders import private_folder
from clawupgrade.host.snapshots.header import Header
from clawupgrade.host.snapshots.reading import read
from clawupgrade.host.snapshots.reports import DeltaReport, Draft
from clawupgrade.host.snapshots.repository import CONFIG, SNAPSHOTS
from clawupgrade.host.snapshots.sources import Source, place
from clawupgrade.host.snapshots.verify import Damage, read_back


def take(
    archive: Archive,
    header: Header,
    progress: Callable[[int, int], None] | None,
) -> Draft:
    """The first pass; see SnapshotStore.take."""
    if archive.is_sealed(header.snapshot_id):
        raise ValueError(f"snapshot {header.snapshot_id} is sealed already")
    try:
        _open_for_writing(archive)
        archive.drafts.begin(header.snapshot_id)
        tally = _pass(archive, header, progress)
    except BaseException as problem:
        _abandon(archive, header.snapshot_id)
        if isinstance(problem, OSError):
            raise refused(problem) from problem
        raise
    return Draft(
        snapshot_id=header.snapshot_id,
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


def first_page(
    snapshot_id: str,
    when: float,
    sources: Sequence[Source],
    readable: Sequence[Path],
    meta: Mapping[str, JSON],
) -> Header:
    """The header a take begins with; raises ValueError for names that cannot be kept."""
    placed = tuple(place(source) for source in sources)
    if len({source.name for source in placed}) != len(placed):
        raise ValueError("two sources have one name")
    texts = tuple((path, "") for path in dict.fromkeys(map(str, readable)))
    return Header(checked(snapshot_id), int(when), placed, texts, meta=dict(meta))


def delta(archive: Archive, snapshot_id: str) -> DeltaReport:
    """The second pass; see SnapshotStore.delta."""
    header = archive.draft(snapshot_id)
    before = {source.name: archive.manifest(snapshot_id, source.name) for source in header.sources}
    try:
        _open_for_writing(archive)
        tally = _pass(archive, header, None)
    except OSError as problem:
        raise refused(problem) from problem
    added, changed, removed = changes(
        (source, before[source.name], archive.manifest(snapshot_id, source.name)) for source in header.sources
    )
    unsettled = tuple(map(Path, tally.unsettled))
    return DeltaReport(snapshot_id, added, changed, removed, unsettled, tally.read_bytes)


def verify(archive: Archive, snapshot_id: str) -> None:
    """Read back; see SnapshotStore.verify."""
    sealed = archive.is_sealed(snapshot_id)
    already = set[str]() if sealed else archive.drafts.verified(snapshot_id)
    # What is sealed is verified when somebody asks for it, and that is worth the time of a full reading.
    result = read_back(archive.manifests(snapshot_id), archive.objects, already, thorough=sealed)
    if isinstance(result, Damage):
        if not sealed:
            archive.objects.drop(result.content)
        raise result.error(snapshot_id)
    if not sealed and result - already:
        archive.drafts.mark_verified(snapshot_id, already | result)
        archive.objects.checksums.save(archive.objects.holds)


def seal(archive: Archive, snapshot_id: str) -> None:
    """Make it exist; see SnapshotStore.seal."""
    if not archive.is_sealed(snapshot_id):
        verify(archive, snapshot_id)
        header = archive.draft(snapshot_id)
        files = {"snapshot.json": header.text()}
        for source in header.sources:
            files[manifest_name(source.name)] = archive.drafts.manifest(snapshot_id, source.name)
        texts = {text_name(path): archive.content(sha256) for path, sha256 in header.readable if sha256}
        try:
            archive.git.create()
            if header.readable:  # also where all of them are gone: that is history, too
                # A seal cut short may have left its config commit behind: build beside it, not upon it.
                line = archive.git.line(CONFIG)
                parent = next((commit for commit, _, name in line if name != snapshot_id), None)
                archive.git.set_ref(CONFIG, archive.git.commit(texts, snapshot_id, header.when, parent))
            commit = archive.git.commit(files | texts, snapshot_id, header.when)
            archive.git.set_ref(SNAPSHOTS + snapshot_id, commit)
        except OSError as problem:
            raise refused(problem) from problem
    archive.drafts.remove(snapshot_id)


def note(archive: Archive, name: str, when: int, readable: Sequence[Path]) -> None:
    """A point in the history of the texts that no snapshot goes with; see SnapshotStore.note."""
    texts = {text_name(str(path)): data for path in readable if (data := _bytes_of(path)) is not None}
    try:
        private_folder(archive.root)
        archive.git.create()
        archive.git.set_ref(CONFIG, archive.git.commit(texts, name, when, archive.git.ref(CONFIG)))
    except OSError as problem:
        raise refused(problem) from problem


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def text_name(path: str) -> str:
    """Where a readable text lies in a commit: its absolute path, odd bytes percent-encoded."""
    return "config/" + quote(os.fsencode(path.lstrip("/")), safe="/ !#$&'()+,;=@[]{}~")


def _open_for_writing(archive: Archive) -> None:
    private_folder(archive.root)
    archive.objects.open_for_writing(archive.named)


def _pass(archive: Archive, header: Header, progress: Callable[[int, int], None] | None) -> Tally:
    """Read all sources and texts into the draft; the header is written last."""
    tally, total, done = Tally(), 0, 0

    def advance(found: int, dealt_with: int) -> None:
        nonlocal done, total
        total, done = total + found, done + dealt_with
        if progress is not None:
            progress(done, total)

    capture = Capture(archive.root, archive.objects, advance)
    for source in header.sources:
        archive.drafts.write_manifest(header.snapshot_id, source.name, capture.source(source, tally))
    texts = tuple((path, _read_text(archive, path)) for path, _ in header.readable)
    # Contents and manifests first, then the header that makes the draft complete.
    archive.objects.settle(archive.drafts.manifest_files(header.snapshot_id))
    archive.drafts.write_header(
        replace(header, readable=texts, files=tally.files, size=tally.size, left_out=tuple(tally.left_out))
    )
    return tally


def _read_text(archive: Archive, path: str) -> str:
    try:
        return read(os.path.realpath(path), archive.objects).sha256
    except FileNotFoundError:
        return ""


def _abandon(archive: Archive, snapshot_id: str) -> None:
    """After a failed take a full disk is given back at once; one that is read-only cannot be cleaned."""
    with suppress(OSError):
        discard(archive, snapshot_id)


def discard(archive: Archive, snapshot_id: str) -> None:
    """Forget a draft; see SnapshotStore.discard."""
    archive.drafts.remove(checked(snapshot_id))
    archive.objects.sweep(archive.named())
