"""Remembers what was read when: the next snapshot reads only what changed. Losing it costs time only."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from clawupgrade.host.snapshots.entries import native, portable

Signature: TypeAlias = tuple[int, ...]

# A write within the clock tick of our reading leaves the same times behind (git calls it "racily clean"):
# what changed less than this long ago is read again.
_RACY_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Sighting:
    """The content a path had while its signature was this; `known` carries a database's facts along."""

    signature: Signature
    sha256: str
    size: int
    user_version: int | None = None
    checked: str = ""


def signature_of(found: os.stat_result) -> Signature:
    """What changes whenever a file's bytes, mode, owner or attributes do."""
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def is_settled(signature: Signature, read_at_ns: int) -> bool:
    """Whether the last change lies far enough before the reading for the times to tell the next one.

    ctime decides, since nobody can set it back; each group of four in a database's signature has one.
    """
    return all(ctime < read_at_ns - _RACY_NS for ctime in signature[2::4])


class Seen:
    """The sightings of one tree, kept in one small file with a checksum."""

    def __init__(self, store: Path, root: str) -> None:
        self._file = store / "seen" / f"{hashlib.sha256(os.fsencode(root)).hexdigest()[:32]}.jsonl"
        self._sightings: dict[str, Sighting] = {}

    def load(self) -> Seen:
        """Read what was kept; anything torn or foreign counts as nothing. Returns self."""
        try:
            head, _, body = self._file.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return self
        if head == hashlib.sha256(body).hexdigest().encode():
            for line in body.splitlines():
                path, signature, sha256, size, user_version, checked = json.loads(line)
                self._sightings[native(path)] = Sighting(
                    tuple(signature), sha256, size, user_version, checked
                )
        return self

    def at(self, path: str) -> Sighting | None:
        """What this path last held; the caller compares the signature."""
        return self._sightings.get(path)

    def replace(self, sightings: Mapping[str, Sighting]) -> None:
        """Keep these instead, in one rename."""
        body = b"".join(
            json.dumps(
                [portable(path), s.signature, s.sha256, s.size, s.user_version, s.checked],
                separators=(",", ":"),
            ).encode("ascii")
            + b"\n"
            for path, s in sightings.items()
        )
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._file.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        temporary.rename(self._file)
        self._sightings = dict(sightings)
