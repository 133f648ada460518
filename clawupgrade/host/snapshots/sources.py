"""What belongs to a snapshot: named trees or files, and what is left out of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from fnmatch import translate
from pathlib import Path

from msgspec import Struct

from clawupgrade.host.snapshots.entries import JSON, native, portable

SIDECARS = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,120}")


class Source(Struct, frozen=True):
    """One tree or file that belongs to a snapshot.

    `name` is a stable key ("state", "config", "unit", "envfile-0"); `path` is absolute and may not exist:
    absence is recorded, and restored as absence. `excludes` are fnmatch patterns relative to `path`
    (`*` also crosses `/`; a folder that matches takes everything below it along): left out, and never
    removed by a restore.
    """

    name: str
    path: Path
    excludes: tuple[str, ...] = ()


class Placed(Struct, frozen=True):
    """A source and where its bytes really lie: a link at its top is followed, not copied."""

    name: str
    path: str
    resolved: str
    excludes: tuple[str, ...]

    @property
    def was_link(self) -> bool:
        """Whether a link stood at its top when the snapshot was taken."""
        return self.resolved != _own_place(self.path)

    @property
    def root(self) -> str:
        """Where it lies today. A link is followed only where one stood: another may lead anywhere.

        A unit's `wants` link that came after the snapshot once took the unit itself along when it was removed.
        """
        return os.path.realpath(self.path) if self.was_link else _own_place(self.path)

    def record(self) -> dict[str, JSON]:
        """As it is written into a snapshot's header."""
        return {
            "name": self.name,
            "path": portable(self.path),
            "resolved": portable(self.resolved),
            "excludes": [portable(pattern) for pattern in self.excludes],
        }


def place(source: Source) -> Placed:
    """Where a source lies now; ValueError for a name or a path that cannot be kept."""
    if not NAME.fullmatch(source.name):
        raise ValueError(f"not a name for a source: {source.name!r}")
    if not source.path.is_absolute():
        raise ValueError(f"the path of source {source.name} is not absolute: {source.path}")
    return Placed(source.name, str(source.path), os.path.realpath(source.path), tuple(source.excludes))


def _own_place(path: str) -> str:
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name)


def placed(record: dict[str, JSON]) -> Placed:
    """The inverse of `Placed.record`."""
    excludes = record["excludes"]
    assert isinstance(excludes, list)
    return Placed(
        str(record["name"]),
        native(str(record["path"])),
        native(str(record["resolved"])),
        tuple(native(str(pattern)) for pattern in excludes),
    )


class Spared:
    """Answers which relative paths of a source are none of our business."""

    def __init__(self, patterns: Iterable[str], own: str | None = None) -> None:
        """`own` is the store's folder relative to the source, where it lies inside it."""
        kept = [pattern.removesuffix("/") for pattern in patterns if pattern.strip("/")]
        self._match = re.compile("|".join(translate(pattern) for pattern in kept)).match if kept else None
        self._own = own

    def covers(self, path: str) -> bool:
        """True if this very path is left out; who walks down must ask at every folder.

        A database that is left out takes its log along: without it, it would lose what was written last.
        """
        if self._covers(path):
            return True
        return path.endswith(SIDECARS) and any(
            self._covers(path.removesuffix(suffix)) for suffix in SIDECARS if path.endswith(suffix)
        )

    def _covers(self, path: str) -> bool:
        return path == self._own or (self._match is not None and self._match(path) is not None)


def spared(source: Placed, root: str, store: Path) -> Spared:
    """What a walk through `root` must not touch: the source's patterns, and the store if it lies inside."""
    own = os.path.relpath(os.path.realpath(store), root)
    return Spared(source.excludes, None if own.startswith("..") else own)
