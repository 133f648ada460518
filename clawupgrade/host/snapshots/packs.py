"""Small contents many to a file: making 20,000 files costs more than all the reading, hashing and writing."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Collection, Iterator

from clawupgrade.host.snapshots.folders import private_folder, write_private
from clawupgrade.host.snapshots.streams import write_all

_BATCH = 1 << 20  # written at one stroke: a system call for every small file costs more than its bytes
_HALF = 2  # a pack of which less than one in two bytes is needed is written anew


class Packs:
    """Append-only files of contents. A pack exists with its index, which is written once the pack is durable.

    An index is text: `SHA256 OFFSET SIZE` a line, then `end` and the sha256 of all lines before. A pack
    without one is what a run that was cut short left behind, and goes with the next sweep.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._names: list[str] = []
        self._places: dict[str, int] | None = None  # pack, offset and size in one number: there are many
        self._descriptors: dict[int, int] = {}
        self._unreadable: set[int] = set()  # by their index; never swept
        self._writing: int | None = None
        self._end = 0
        self._waiting: list[bytes] = []  # of the pack that is being written, its last bytes
        self._waiting_size = 0

    def holds(self, sha256: str) -> bool:
        """Whether this content is here; the indices are read once."""
        return sha256 in self._index()

    def append(self, data: bytes, sha256: str) -> None:
        """Put a content into the pack that is being written; it is durable after `finish`. Thread-safe."""
        index = self._index()
        with self._lock:
            if self._writing is None:
                self._begin()
            pack, offset = len(self._names) - 1, self._end
            self._end += len(data)
            self._waiting.append(data)
            self._waiting_size += len(data)
            if self._waiting_size >= _BATCH:
                self._write_out()
            index[sha256] = _place(pack, offset, len(data))

    def read(self, sha256: str) -> bytes:
        """A whole content, as many bytes as the index promises and the disk has; KeyError if it is not here."""
        pack, offset, size = _parts(self._index()[sha256])
        if pack == self._writing and self._waiting:
            with self._lock:
                self._write_out()
        return os.pread(self._descriptor(pack), size, offset)

    def stat(self, sha256: str) -> tuple[os.stat_result, int]:
        """The pack that holds a content, and how many of the content's bytes its length has room for."""
        pack, offset, size = _parts(self._index()[sha256])
        file = os.fstat(self._descriptor(pack))
        return file, max(0, min(size, file.st_size - offset))

    def finish(self) -> None:
        """End the pack that is being written: first it is durable, then its index."""
        if self._writing is not None:
            with self._lock:
                self._write_out()
            pack, self._writing = self._writing, None
            os.fsync(self._descriptors[pack])
            self._write_index(pack)

    def forget(self, sha256: str) -> None:
        """Take a damaged content out of its index."""
        pack, _, _ = _parts(self._index().pop(sha256))
        if pack != self._writing:
            self._write_index(pack)

    def sweep(self, named: Collection[str]) -> int:
        """Let go what is not named, and packs that were never finished; returns the bytes freed.

        A pack that is mostly empty is written anew: the new one is durable before the old one goes.
        """
        if not os.path.isdir(self._folder):
            return 0
        before = self.size()
        self._reopen()
        self._remove_unfinished()
        index, going = self._index(), list[int]()
        for pack in range(len(self._names)):
            held = {name: _parts(place) for name, place in index.items() if place >> 96 == pack}
            needed = [name for name in held if name in named]
            size = sum(held[name][2] for name in needed)
            if pack in self._unreadable or size * _HALF > os.fstat(self._descriptor(pack)).st_size:
                continue
            going.append(pack)
            for name in needed:
                self.append(self.read(name), name)
        self.finish()
        for pack in going:
            os.unlink(self._file(pack, "index"))
            os.unlink(self._file(pack, "pack"))
        self._reopen()
        return before - self.size()

    def size(self) -> int:
        """Bytes that all packs take on disk."""
        if not os.path.isdir(self._folder):
            return 0
        return sum(entry.stat().st_blocks * 512 for entry in os.scandir(self._folder))

    def _write_out(self) -> None:
        """Call it with the lock held. After a failed write nothing of this pack is here any more."""
        waiting, self._waiting, self._waiting_size = self._waiting, [], 0
        if self._writing is None:
            return
        try:
            write_all(self._descriptors[self._writing], b"".join(waiting))
        except OSError:
            pack, self._writing = self._writing, None
            self._places = {name: place for name, place in (self._places or {}).items() if place >> 96 != pack}
            raise

    def _begin(self) -> None:
        private_folder(self._folder)
        pack, serial = len(self._names), len(self._names)
        while os.path.exists(f"{self._folder}/{serial:06d}.pack"):
            serial += 1
        self._names.append(f"{serial:06d}")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptors[pack] = os.open(self._file(pack, "pack"), flags, 0o600)
        self._writing, self._end = pack, 0

    def _index(self) -> dict[str, int]:
        if self._places is not None:
            return self._places
        with self._lock:  # two readings would be two dictionaries, and what went into the first was lost
            if self._places is None:
                self._places = dict(self._read_indices())
            return self._places

    def _read_indices(self) -> Iterator[tuple[str, int]]:
        if not os.path.isdir(self._folder):
            return
        for name in sorted(os.listdir(self._folder)):
            if not name.endswith(".index"):
                continue
            with open(f"{self._folder}/{name}", "rb") as file:
                body, _, end = file.read().rpartition(b"end ")
            pack = len(self._names)
            self._names.append(name.removesuffix(".index"))
            if end.strip().decode("ascii", "replace") != hashlib.sha256(body).hexdigest():
                self._unreadable.add(pack)  # what it held is missing, and named by the next verify
                continue
            for line in body.decode("ascii").splitlines():
                sha256, offset, size = line.split(" ")
                yield sha256, _place(pack, int(offset), int(size))

    def _write_index(self, pack: int) -> None:
        held = [(name, *_parts(place)) for name, place in self._index().items() if place >> 96 == pack]
        body = "".join(f"{name} {offset} {size}\n" for name, _, offset, size in held).encode("ascii")
        end = f"end {hashlib.sha256(body).hexdigest()}\n".encode("ascii")
        write_private(self._file(pack, "index"), [body, end], durable=True)

    def _remove_unfinished(self) -> None:
        for name in os.listdir(self._folder):
            stem, _, kind = name.partition(".")
            if kind == "index.new" or (kind == "pack" and not os.path.exists(f"{self._folder}/{stem}.index")):
                os.unlink(f"{self._folder}/{name}")

    def _reopen(self) -> None:
        for descriptor in self._descriptors.values():
            os.close(descriptor)
        self._descriptors, self._names, self._places, self._writing = {}, [], None, None
        self._waiting, self._waiting_size = [], 0
        self._unreadable = set()

    def _descriptor(self, pack: int) -> int:
        if (known := self._descriptors.get(pack)) is not None:
            return known
        with self._lock:
            if pack not in self._descriptors:
                self._descriptors[pack] = os.open(self._file(pack, "pack"), os.O_RDONLY | os.O_CLOEXEC)
            return self._descriptors[pack]

    def _file(self, pack: int, kind: str) -> str:
        return f"{self._folder}/{self._names[pack]}.{kind}"


def _place(pack: int, offset: int, size: int) -> int:
    return pack << 96 | offset << 32 | size


def _parts(place: int) -> tuple[int, int, int]:
    return place >> 96, place >> 32 & 0xFFFFFFFFFFFFFFFF, place & 0xFFFFFFFF
