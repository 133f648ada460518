"""One pass over one source: what is there goes into the store, what did not change is not read again."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct, field

from clawupgrade.host.snapshots.ahead import read_ahead
from clawupgrade.host.snapshots.entries import ROOT, Entry, Kind
from clawupgrade.host.snapshots.errors import refused
from clawupgrade.host.snapshots.looking import absolute, entry_of
from clawupgrade.host.snapshots.objects import ObjectStore
from clawupgrade.host.snapshots.reading import Changed, Reading, read
from clawupgrade.host.snapshots.seen import Seen, Sighting, is_settled, recognised
from clawupgrade.host.snapshots.sources import Placed, spared
from clawupgrade.host.snapshots.walk import Found, walk

_LARGE = 1 << 20
_WORKERS = 2


class Tally(Struct):
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

    def content(self, size: int, *, is_database: bool) -> None:
        """Count one file that has content."""
        self.files += 1
        self.size += size
        self.databases += is_database


class Capture:
    """Reads sources into the store; `advance` is told (bytes found, bytes dealt with) as it goes on."""

    def __init__(self, store: Path, objects: ObjectStore, advance: Callable[[int, int], None]) -> None:
        self._store = store
        self._objects = objects
        self._advance = advance

    def source(self, source: Placed, tally: Tally) -> list[str]:
        """The manifest's lines of one source, in the order of the walk; one ABSENT line if it is not there.

        Raises SnapshotRefused for what cannot be read and for a corrupt database.
        """
        root = source.resolved
        seen, started = Seen(self._store, root).load(), time.time_ns()
        lines: list[str | None] = []
        sightings: dict[str, Sighting] = {}
        pending: list[tuple[int, Found]] = []
        try:
            for found in walk(root, spared(source, root, self._store), tally.left_out.append):
                if stat.S_ISREG(found.stat.st_mode):
                    tally.hard_links += found.stat.st_nlink > 1
                    self._advance(found.stat.st_size, 0)
                    sighting = self._known(seen, root, found)
                    if sighting is None:
                        pending.append((len(lines), found))
                        lines.append(None)
                    else:
                        sightings[found.path] = sighting
                        tally.content(sighting.size, is_database=sighting.is_database)
                        self._advance(0, found.stat.st_size)
                        lines.append(sighting.line)
                else:
                    lines.append(self._look(source, root, found, tally))
            for index, found, reading in self._read_all(root, pending):
                if reading is None:
                    lines[index] = self._look_again(source, root, found, tally)
                    continue
                lines[index] = line = reading.line(found.path)
                is_database = reading.is_database
                tally.content(reading.size, is_database=is_database)
                tally.read_bytes += reading.size
                if not reading.settled:
                    tally.unsettled.append(absolute(root, found.path))
                elif is_settled(reading.signature, started):
                    sightings[found.path] = Sighting(reading.signature, reading.sha256, reading.size, line, is_database)
        except OSError as problem:
            raise refused(problem) from problem
        seen.replace(sightings)
        kept = [line for line in lines if line is not None]
        tally.vanished += len(lines) - len(kept)
        return kept or [Entry(source.name, ROOT, Kind.ABSENT).line()]

    def _known(self, seen: Seen, root: str, found: Found) -> Sighting | None:
        sighting = recognised(seen, found.path, absolute(root, found.path), found.stat)
        return sighting if sighting is not None and self._objects.holds(sighting.sha256) else None

    def _look(self, source: Placed, root: str, found: Found, tally: Tally) -> str | None:
        entry = entry_of(source.name, root, found)
        if entry is not None and entry.kind is Kind.SYMLINK:
            link = absolute(root, entry.path)
            reached = os.path.realpath(link)
            if reached != root and not reached.startswith(f"{root}/") and os.path.lexists(reached):
                tally.outside.append(link)
        return None if entry is None else entry.line()

    def _look_again(self, source: Placed, root: str, found: Found, tally: Tally) -> str | None:
        """A file that was gone when it was to be read: gone for good, or something else by now?"""
        try:
            now = os.lstat(absolute(root, found.path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return None if stat.S_ISREG(now.st_mode) else self._look(source, root, Found(found.path, now), tally)

    def _read_all(self, root: str, pending: Sequence[tuple[int, Found]]) -> Iterator[tuple[int, Found, Reading | None]]:
        """Readings of many files: the large by threads, whose work needs no GIL, the small ones right here.

        Threads for small files, too, would cost twice the time of one: they fight for the GIL.
        """
        large = [each for each in pending if each[1].stat.st_size >= _LARGE]
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="snapshot") as pool:
            try:
                # The largest first: a database at the end would keep one thread busy and the other idle.
                large.sort(key=lambda each: -each[1].stat.st_size)
                readings = pool.map(lambda each: self._read(root, each[1]), large)
                small = (each for each in pending if each[1].stat.st_size < _LARGE)
                for index, found in read_ahead(small, lambda each: _place(root, each[1])):
                    reading = self._read(root, found)
                    self._advance(0, found.stat.st_size)
                    yield index, found, reading
                for (index, found), done in zip(large, readings, strict=True):
                    self._advance(0, found.stat.st_size)
                    yield index, found, done
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


def _place(root: str, found: Found) -> tuple[str, int]:
    return absolute(root, found.path), found.stat.st_size
