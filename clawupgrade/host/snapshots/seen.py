"""Remembers what was read when: the next snapshot reads only what changed. Losing it costs time only."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

from clawupgrade.host.snapshots.entries import native, portable
from clawupgrade.host.snapshots.folders import private_folder, write_private

Signature: TypeAlias = tuple[int, ...]

# A write within the clock tick of our reading leaves the same times behind (git calls it "racily clean"):
# what changed less than this long ago is read again.
_RACY_NS = 2_000_000_000


class Sighting(NamedTuple):
    """What a path was while its signature was this: its content, and its whole line in the manifest.

    The line may stand again as it is, since mode, owner and attributes cannot change without ctime.
    """

    signature: Signature
    sha256: str
    size: int
    line: str
    is_database: bool = False


def signature_of(found: os.stat_result) -> Signature:
    """What changes whenever a file's bytes, mode, owner or attributes do."""
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def is_settled(signature: Signature, read_at_ns: int) -> bool:
    """Whether the last change lies far enough before the reading for the times to tell the next one.

    ctime decides, since nobody can set it back; each group of four in a database's signature has one.
    """
    return all(ctime < read_at_ns - _RACY_NS for ctime in signature[2::4])


class Seen:
    """The sightings of one tree, kept in one file with a checksum."""

    def __init__(self, store: Path, root: str) -> None:
        self._file = store / "seen" / f"{hashlib.sha256(os.fsencode(root)).hexdigest()[:32]}.json"
        self._sightings: dict[str, Sighting] = {}

    def load(self) -> Seen:
        """Read what was kept; anything torn or foreign counts as nothing. Returns self."""
        try:
            head, _, body = self._file.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return self
        if head == _checksum(body):
            for path, signature, sha256, size, line, is_database in json.loads(body):
                self._sightings[native(path)] = Sighting(tuple(signature), sha256, size, line, is_database)
        return self

    def at(self, path: str) -> Sighting | None:
        """What this path last was; the caller compares the signature."""
        return self._sightings.get(path)

    def replace(self, sightings: Mapping[str, Sighting]) -> None:
        """Keep these instead, in one rename; nothing is written if they are what is kept already."""
        if sightings == self._sightings:
            return
        rows = [(portable(path), s.signature, s.sha256, s.size, s.line, s.is_database) for path, s in sightings.items()]
        body = json.dumps(rows, separators=(",", ":"), check_circular=False).encode("ascii")
        private_folder(self._file.parent)
        write_private(self._file, [_checksum(body), b"\n", body])
        self._sightings = dict(sightings)


def recognised(seen: Seen, path: str, absolute: str, found: os.stat_result) -> Sighting | None:
    """What the regular file was when it was last read, if nothing about it changed since."""
    sighting = seen.at(path)
    if sighting is None:
        return None
    now = signature_of_database(absolute) if sighting.is_database else signature_of(found)
    return sighting if sighting.signature == now else None


def signature_of_database(path: str) -> Signature:
    """The file's signature with those of its log and journal: all that its content depends on."""
    found: list[int] = []
    for suffix in ("", "-wal", "-journal"):
        try:
            found.extend(signature_of(os.lstat(path + suffix)))
        except FileNotFoundError:
            found.extend((0, 0, 0, 0))
    return tuple(found)


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode("ascii")
