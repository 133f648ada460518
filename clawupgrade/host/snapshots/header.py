"""The first page of a snapshot: which sources it holds, when it was taken, and what the caller noted."""

from __future__ import annotations

import json
from collections.abc import Mapping

from msgspec import Struct, field

from clawupgrade.host.snapshots.entries import JSON, native, portable
from clawupgrade.host.snapshots.errors import SnapshotDamaged
from clawupgrade.host.snapshots.sources import Placed, placed

FORMAT = 1


class Header(Struct, frozen=True):
    """`when` in seconds since the epoch; `readable` is (absolute path, sha256) of each text kept readable."""

    snapshot_id: str
    when: int
    sources: tuple[Placed, ...]
    readable: tuple[tuple[str, str], ...] = ()
    files: int = 0
    size: int = 0
    meta: Mapping[str, JSON] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()  # what its sources held and their patterns left out

    def text(self) -> bytes:
        """Canonical JSON, indented: this file is read by people, too."""
        record: dict[str, JSON] = {
            "format": FORMAT,
            "id": self.snapshot_id,
            "when": self.when,
            "sources": [source.record() for source in self.sources],
            "readable": [[portable(path), sha256] for path, sha256 in self.readable],
            "files": self.files,
            "size": self.size,
            "meta": dict(self.meta),
            "left_out": [portable(path) for path in self.left_out],
        }
        return json.dumps(record, sort_keys=True, indent=1).encode("ascii") + b"\n"


def parse_header(data: bytes) -> Header:
    """The inverse of `Header.text`; raises SnapshotDamaged for what this program cannot read."""
    try:
        record = json.loads(data)
        if record["format"] > FORMAT:
            raise SnapshotDamaged(
                f"snapshot {record['id']} has format {record['format']}, newer than this program reads",
                "Use the clawupgrade that made it, or a newer one.",
            )
        return Header(
            snapshot_id=record["id"],
            when=record["when"],
            sources=tuple(placed(source) for source in record["sources"]),
            readable=tuple((native(path), sha256) for path, sha256 in record["readable"]),
            files=record["files"],
            size=record["size"],
            meta=record["meta"],
            left_out=tuple(native(path) for path in record.get("left_out", ())),
        )
    except (ValueError, KeyError, TypeError, AssertionError) as problem:
        raise SnapshotDamaged(f"the header of a snapshot cannot be read: {problem}") from problem
