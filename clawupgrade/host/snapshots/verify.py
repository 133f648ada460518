"""Reads a snapshot back: every content against its name, every database opened and checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import NamedTuple

from msgspec import Struct

from clawupgrade.host.snapshots.databases import check
from clawupgrade.host.snapshots.entries import Entry, parse
from clawupgrade.host.snapshots.errors import SnapshotDamaged, SnapshotRefused, shown
from clawupgrade.host.snapshots.objects import ObjectStore

# A line of something with content, from its kind on; in between stands the path, which ends a line nowhere.
_HELD = re.compile(
    rb'^\{[^\n]*?"kind":"(database|file)",[^\n]*"sha256":"([0-9a-f]{64})","size":([0-9]+)[^\n]*$', re.MULTILINE
)
_LARGE = 1 << 20
_WORKERS = 2
_HINT = "Take a new snapshot; this one must not be relied on."


class Damage(Struct, frozen=True):
    """A content that is not what its name says; `content` is that name."""

    content: str
    path: str
    what: str

    def error(self, snapshot_id: str) -> SnapshotDamaged:
        """The error that names the file."""
        return SnapshotDamaged(f"snapshot {snapshot_id} is damaged: {shown(self.path)}: {self.what}", _HINT)


def read_back(
    manifests: Iterable[tuple[str, bytes]], objects: ObjectStore, already: Collection[str], *, thorough: bool = True
) -> set[str] | Damage:
    """The contents that were read back and are right, or the first damage. `already` is not read again.

    `manifests` are (source, manifest). Without `thorough`, contents that were right lately and whose files nobody
    touched count as read, other known ones are compared by their quick checksums, and databases with the very
    bytes of then are not checked again. Lines
    are not parsed, but of databases: the second look, after the delta, is taken while the gateway is away.
    """
    wanted: dict[tuple[str, int], _Wanted] = {}
    for source, manifest in manifests:
        for held in _HELD.finditer(manifest):
            name, size = held[2].decode("ascii"), int(held[3])
            if name not in already and ((name, size) not in wanted or held[1] == b"database"):
                wanted[name, size] = _Wanted(name, size, source, held[0], is_database=held[1] == b"database")
    large = sorted((each for each in wanted.values() if each.size >= _LARGE), key=lambda each: -each.size)
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="verify") as pool:
        # Threads for the large only: for small ones they would fight for the GIL.
        verdicts = pool.map(lambda each: (each, _damage(each, objects, thorough)), large)
        small = ((each, _damage(each, objects, thorough)) for each in wanted.values() if each.size < _LARGE)
        for each, what in chain(small, verdicts):
            if what:
                pool.shutdown(cancel_futures=True)
                return Damage(each.sha256, f"{each.source}/{each.entry.path}", what)
    return {name for name, _ in wanted}


class _Wanted(NamedTuple):
    """A content that is to be read back, and the line that names it."""

    sha256: str
    size: int
    source: str
    line: bytes
    is_database: bool

    @property
    def entry(self) -> Entry:
        return parse(self.source, self.line.decode("ascii"))


def _damage(wanted: _Wanted, objects: ObjectStore, thorough: bool) -> str:
    try:
        right = objects.is_right(wanted.sha256, wanted.size, thorough=thorough)
    except FileNotFoundError:
        return "its content is missing from the store"
    except OSError as problem:
        return f"its content cannot be read: {problem.strerror}"
    if not right:
        return "its content is not what was stored"
    return _database_damage(wanted.entry, objects) if wanted.is_database else ""


def _database_damage(entry: Entry, objects: ObjectStore) -> str:
    """Of bytes that were just found right; their record says whether a database of these passed its check."""
    record = objects.checksums.at(entry.sha256)
    assert record is not None
    if record.user_version is None:
        try:
            version = check(objects.path(entry.sha256), entry.path).user_version
        except SnapshotRefused as problem:
            return problem.message
        record = record._replace(user_version=version)
        objects.checksums.note(entry.sha256, record)
    return "" if record.user_version == entry.user_version else "the database copy has another user_version"
