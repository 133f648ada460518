"""Quick checksums of contents: reading 1 GB back by sha256 takes a second of work, by these hardly any."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

from clawupgrade.host.snapshots.folders import private_folder, write_private
from clawupgrade.host.snapshots.streams import Hash


class QuickHash(Hash, Protocol):
    """What `quick_hash` gives."""

    def digest(self) -> bytes:
        """16 bytes."""


class Record(NamedTuple):
    """XXH3-128 of bytes that have the right sha256; of a database that passed its check, `user_version`, too.

    quick: 16 bytes, or none where the library is missing: equal to nothing.
    """

    quick: bytes
    user_version: int | None = None


class Checksums:
    """sha256 → record, in one text file that begins with its own sha256. Losing it costs time only.

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
        lines = [
            f"{sha256} {quick.hex()} {'-' if version is None else version}\n"
            for sha256, (quick, version) in self._loaded().items()
            if holds(sha256)
        ]
        body = "".join(lines).encode("ascii")
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
        if head == _seal(body):  # torn or foreign: as if there was none
            for line in body.decode("ascii").splitlines():
                sha256, quick, version = line.split(" ")
                yield sha256, Record(bytes.fromhex(quick), None if version == "-" else int(version))


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
