"""One pass over one source: what is there goes into the store, what did not change is not read again."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from clawupgrade.host.snapshots.attributes import xattrs_of
from clawupgrade.host.snapshots.databases import signature_of_database
from clawupgrade.host.snapshots.entries import ROOT, Entry, Kind
from clawupgrade.host.snapshots.errors import refused
from clawupgrade.host.snapshots.objects import ObjectStore
from clawupgrade.host.snapshots.reading import Changed, Reading, read
from clawupgrade.host.snapshots.seen import Seen, Sighting, is_settled, signature_of
from clawupgrade.host.snapshots.sources import Placed, spared
from clawupgrade.host.snapshots.walk import Found, walk

_BATCH = 64
_WORKERS = 4


@dataclass(slots=True)
class Tally:
    """What a pass met on its way; the draft's report is made of it."""

    files: int = 0
    size: int = 0
    read_bytes: int = 0
    databases: int = 0
    vanished: int = 0
    hard_links: int = 0
    left_out: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


class Capture:
    """Reads sources into the store; `advance` is told the bytes that are dealt with."""

    def __init__(self, store: Path, objects: ObjectStore, advance: Callable[[int], None]) -> None:
        self._store = store
        self._objects = objects
        self._advance = advance

    def source(self, source: Placed, tally: Tally) -> list[Entry]:
        """Every entry of one source, in the order of the walk; one ABSENT entry if it is not there.

        Raises SnapshotRefused for what cannot be read and for a corrupt database.
        """
        root = source.resolved
        seen, known, started = Seen(self._store, root).load(), self._objects.known(), time.time_ns()
        entries: list[Entry | None] = []
        sightings: dict[str, Sighting] = {}
        pending: list[tuple[int, Found]] = []
        try:
            for found in walk(root, spared(source, root, self._store), tally.left_out.append):
                sighting = None
                if stat.S_ISREG(found.stat.st_mode):
                    tally.hard_links += found.stat.st_nlink > 1
                    sighting = recognised(seen, absolute(root, found.path), found)
                    if sighting is None or sighting.sha256 not in known:
                        pending.append((len(entries), found))
                        entries.append(None)
                        continue
                    sightings[found.path] = sighting
                    self._advance(found.stat.st_size)
                entries.append(_entry(source, root, found, sighting))
            for index, found, reading in self._read_all(root, pending):
                if reading is None:
                    entries[index] = self._again(source, root, found)
                    continue
                entries[index] = _entry_read(source.name, found.path, reading)
                tally.read_bytes += reading.size
                if reading.settled and is_settled(reading.signature, started):
                    sightings[found.path] = Sighting(
                        reading.signature, reading.sha256, reading.size, reading.user_version, reading.checked
                    )
        except OSError as problem:
            raise refused(problem) from problem
        seen.replace(sightings)
        kept = [entry for entry in entries if entry is not None]
        tally.vanished += len(entries) - len(kept)
        if not kept:
            return [Entry(source.name, ROOT, Kind.ABSENT)]
        _count(kept, root, tally)
        return kept

    def _read_all(
        self, root: str, pending: Sequence[tuple[int, Found]]
    ) -> Iterator[tuple[int, Found, Reading | None]]:
        """Readings of many files by a few threads: hashing, SQLite and the kernel need no GIL."""
        # The largest first: a database at the end would keep one thread busy and the others idle.
        large = sorted((p for p in pending if p[1].stat.st_size >= 1 << 24), key=lambda p: -p[1].stat.st_size)
        small = [p for p in pending if p[1].stat.st_size < 1 << 24]
        batches = [[p] for p in large] + [small[i : i + _BATCH] for i in range(0, len(small), _BATCH)]
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="snapshot") as pool:
            try:
                for batch, readings in zip(
                    batches, pool.map(lambda b: [self._read(root, f) for _, f in b], batches), strict=True
                ):
                    for (index, found), reading in zip(batch, readings, strict=True):
                        self._advance(found.stat.st_size)
                        yield index, found, reading
            finally:
                pool.shutdown(cancel_futures=True)

    def _read(self, root: str, found: Found) -> Reading | None:
        path = absolute(root, found.path)
        try:
            return read(path, self._objects)
        except (FileNotFoundError, NotADirectoryError, Changed):
            return None
        except OSError as problem:
            raise refused(problem, path if problem.filename is None else None) from problem

    def _again(self, source: Placed, root: str, found: Found) -> Entry | None:
        """A file that was gone when it was to be read: gone for good, or something else by now?"""
        try:
            now = os.lstat(absolute(root, found.path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return None if stat.S_ISREG(now.st_mode) else _entry(source, root, Found(found.path, now), None)


def absolute(root: str, path: str) -> str:
    """A source's relative path below `root`; "." is the root itself."""
    return root if path == ROOT else f"{root}/{path}"


def recognised(seen: Seen, path: str, found: Found) -> Sighting | None:
    """What the file `path` held when it was last read, if nothing about it changed since."""
    sighting = seen.at(found.path)
    if sighting is None:
        return None
    now = signature_of(found.stat) if sighting.user_version is None else signature_of_database(path)
    return sighting if sighting.signature == now else None


def _entry(source: Placed, root: str, found: Found, sighting: Sighting | None) -> Entry | None:
    """The entry of what needs no reading; None if it vanished meanwhile."""
    path, mode = absolute(root, found.path), found.stat.st_mode
    kind, target = Kind.DEVICE, ""
    try:
        match stat.S_IFMT(mode):
            case stat.S_IFREG:
                kind = Kind.FILE
            case stat.S_IFDIR:
                kind = Kind.DIR
            case stat.S_IFLNK:
                kind, target = Kind.SYMLINK, os.readlink(path)
            case stat.S_IFIFO:
                kind = Kind.FIFO
            case stat.S_IFSOCK:
                kind = Kind.SOCKET
        xattrs = xattrs_of(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if sighting is not None and sighting.user_version is not None:
        kind = Kind.DATABASE
    return Entry(
        source=source.name,
        path=found.path,
        kind=kind,
        mode=stat.S_IMODE(mode),
        uid=found.stat.st_uid,
        gid=found.stat.st_gid,
        mtime_ns=found.stat.st_mtime_ns,
        size=sighting.size if sighting else 0,
        sha256=sighting.sha256 if sighting else "",
        target=target,
        xattrs=xattrs,
        sparse=kind is Kind.FILE and found.stat.st_blocks * 512 < found.stat.st_size,
        user_version=sighting.user_version if sighting else None,
        checked=sighting.checked if sighting else "",
    )


def _entry_read(source: str, path: str, reading: Reading) -> Entry:
    database = reading.user_version is not None
    return Entry(
        source=source,
        path=path,
        kind=Kind.DATABASE if database else Kind.FILE,
        mode=stat.S_IMODE(reading.stat.st_mode),
        uid=reading.stat.st_uid,
        gid=reading.stat.st_gid,
        mtime_ns=reading.stat.st_mtime_ns,
        size=reading.size,
        sha256=reading.sha256,
        xattrs=reading.xattrs,
        sparse=not database and reading.stat.st_blocks * 512 < reading.stat.st_size,
        user_version=reading.user_version,
        checked=reading.checked,
        unsettled=not reading.settled,
    )


def _count(entries: Sequence[Entry], root: str, tally: Tally) -> None:
    for entry in entries:
        tally.size += entry.size
        tally.files += entry.kind.has_content
        tally.databases += entry.kind is Kind.DATABASE
        if entry.unsettled:
            tally.unsettled.append(absolute(root, entry.path))
        if entry.kind is Kind.SYMLINK and entry.path != ROOT:
            link = absolute(root, entry.path)
            reached = os.path.realpath(link)
            if reached != root and not reached.startswith(root + "/") and os.path.lexists(reached):
                tally.outside.append(link)
