"""Reads a snapshot back: every content against its name, every database opened and checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

from clawupgrade.host.snapshots.databases import check
from clawupgrade.host.snapshots.entries import CONTENT, Entry, Kind, parse
from clawupgrade.host.snapshots.errors import SnapshotDamaged, SnapshotRefused, shown
from clawupgrade.host.snapshots.objects import ObjectStore

_LARGE = 1 << 20
_WORKERS = 2
_HINT = "Take a new snapshot; this one must not be relied on."


@dataclass(frozen=True, slots=True)
class Damage:
    """A content that is not what its name says; `content` is that name."""

    content: str
    path: str
    what: str

    def error(self, snapshot_id: str) -> SnapshotDamaged:
        """The error that names the file."""
        return SnapshotDamaged(f"snapshot {snapshot_id} is damaged: {shown(self.path)}: {self.what}", _HINT)


def read_back(
    manifests: Iterable[tuple[str, bytes]], objects: ObjectStore, already: Collection[str]
) -> set[str] | Damage:
    """The contents that were read back and are right, or the first damage. `already` is not read again.

    `manifests` are (source, manifest). Lines are parsed only where there is something to read: a second
    look after the delta must not cost the time to parse 20,000 lines while the gateway is away.
    """
    wanted: dict[str, Entry] = {}
    for source, manifest in manifests:
        for line in manifest.splitlines():
            held = CONTENT.search(line)
            if held is None or (name := held[1].decode("ascii")) in already:
                continue
            if name not in wanted or b'"kind":"database"' in line:
                wanted[name] = parse(source, line.decode("ascii"))
    large = sorted((entry for entry in wanted.values() if entry.size >= _LARGE), key=lambda entry: -entry.size)
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="verify") as pool:
        # Threads for the large only: for small ones they would fight for the GIL.
        verdicts = pool.map(lambda entry: (entry, _damage(entry, objects)), large)
        small = ((entry, _damage(entry, objects)) for entry in wanted.values() if entry.size < _LARGE)
        for entry, what in chain(small, verdicts):
            if what:
                pool.shutdown(cancel_futures=True)
                return Damage(entry.sha256, f"{entry.source}/{entry.path}", what)
    return set(wanted)


def _damage(entry: Entry, objects: ObjectStore) -> str:
    try:
        sha256, size = objects.digest(entry.sha256)
    except FileNotFoundError:
        return "its content is missing from the store"
    except OSError as problem:
        return f"its content cannot be read: {problem.strerror}"
    if (sha256, size) != (entry.sha256, entry.size):
        return "its content is not what was stored"
    if entry.kind is Kind.DATABASE:
        try:
            if check(objects.path(entry.sha256), entry.path).user_version != entry.user_version:
                return "the database copy has another user_version"
        except SnapshotRefused as problem:
            return problem.message
    return ""
