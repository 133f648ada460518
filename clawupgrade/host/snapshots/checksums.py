"""Quick checksums of contents: reading 1 GB back by sha256 takes a second of work, by these hardly any."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

from clawupgrade.host.identity import boot_id
from clawupgrade.host.snapshots.folders import private_folder, write_private
from clawupgrade.host.snapshots.streams import Hash

AGAIN = 7 * 86400
"""Seconds after which a content that nobody touched is read from the disk again."""


class QuickHash(Hash, Protocol):
    """What `quick_hash` gives."""

    def digest(self) -> bytes:
        """16 bytes."""


class ReadBack(NamedTuple):
    """When (Unix seconds) a content was last read from the disk and right, and the file that held it then."""

    at: int
    ctime_ns: int
    inode: int

    def stands_for(self, file: os.stat_result, now: float) -> bool:
        """Whether nobody wrote to the file since, and it was not long ago: what decays by itself is found weekly."""
        return (self.ctime_ns, self.inode) == (file.st_ctime_ns, file.st_ino) and 0 <= now - self.at < AGAIN


class Record(NamedTuple):
    """XXH3-128 of bytes that have the right sha256; of a database that passed its check, `user_version`, too.

    quick: 16 bytes, or none where the library is missing: equal to nothing.
    read_back: None if it was not read since the machine was started.
    """

    quick: bytes
    user_version: int | None = None
    read_back: ReadBack | None = None


class Checksums:
    """sha256 → record, in one text file that begins with its own sha256. Losing it costs time only.

    What was read back before the machine was last started is not remembered: a cut of power is when disks show
    that they had promised too much.

    A record is made from the very bytes whose sha256 was computed, so what is read back with this checksum has
    that sha256 as well: XXH3 does not miss decay, a torn write or a cut. It would not stop somebody who forges
    contents; who can write here can write the manifests. `snapshot verify` and each restore compare by sha256.
    """

    def __init__(self, file: str) -> None:
        self._file = Path(file)
        self._lock = threading.Lock()
        self._records: dict[str, Record] | None = None
        self._changed = False

    def at(self, sha256: str) -> Record | None:
        """What is known of this content."""
        return self._loaded().get(sha256)

    def note(self, sha256: str, record: Record) -> None:
        """This content was read back, and is right."""
        self._loaded()[sha256] = record
        self._changed = True

    def save(self, holds: Callable[[str], bool]) -> None:
        """Keep them, without those of contents that are no longer held; nothing new, nothing written."""
        if not self._changed:
            return
        lines = [_line(sha256, record) for sha256, record in self._loaded().items() if holds(sha256)]
        body = "".join([f"{boot_id()}\n", *lines]).encode("ascii")
        private_folder(self._file.parent)
        write_private(self._file, [_seal(body), b"\n", body])
        self._changed = False

    def _loaded(self) -> dict[str, Record]:
        with self._lock:
            if self._records is None:
                self._records = dict(self._read())
            return self._records

    def _read(self) -> Iterator[tuple[str, Record]]:
        try:
            head, _, body = self._file.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return
        if head != _seal(body):  # torn or foreign: as if there was none
            return
        boot, *lines = body.decode("ascii").splitlines()
        is_this_boot = boot == boot_id()
        for line in lines:
            sha256, quick, version, *read = line.split(" ")
            read_back = ReadBack(*map(int, read)) if read and is_this_boot else None
            yield sha256, Record(bytes.fromhex(quick), None if version == "-" else int(version), read_back)


def _line(sha256: str, record: Record) -> str:
    version = "-" if record.user_version is None else str(record.user_version)
    return " ".join([sha256, record.quick.hex(), version, *map(str, record.read_back or ())]) + "\n"


def quick_hash(data: bytes = b"") -> QuickHash | None:
    """An XXH3-128 that begins with these bytes; None where the library is missing.

    It is a dependency like any other, but no recovery may end because an environment lost it: all is then
    compared by sha256, as if nothing had been read back before.
    """
    found = _library()
    return None if found is None else found(data)


@cache
def _library() -> Callable[[bytes], QuickHash] | None:
    try:
        import xxhash
    except ImportError:
        return None
    return xxhash.xxh3_128


def _seal(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode("ascii")
