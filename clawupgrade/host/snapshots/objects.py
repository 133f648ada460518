"""The content-addressed store: each distinct content once, objects/ab/cdef…, for its owner alone."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from clawupgrade.host.durable import sync_folder
from clawupgrade.host.snapshots.folders import private_folder, put_on_disk
from clawupgrade.host.syscalls import reflink

CHUNK = 1 << 20
_ZEROES = bytes(1 << 16)


class ObjectStore:
    """Content by its sha256. One writer at a time: the run's lock sees to that.

    Contents are renamed into place without an fsync of their own; `settle` makes all of them durable at
    once. Until then the marker `unsettled` stands, and whoever opens the store after a power cut drops
    every content that no snapshot names, since a name may then stand for torn bytes.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._incoming = f"{root}/incoming"
        self._marker = f"{root}/unsettled"
        self._serial = itertools.count()
        self._known: set[str] | None = None
        self._reflinks = True
        self._fresh: list[str] = []

    def open_for_writing(self, named: Callable[[], Collection[str]]) -> None:
        """Make folders and the marker; `named` tells which contents must stay if a run was cut short."""
        private_folder(self._incoming)
        if os.path.exists(self._marker):
            self.sweep(named())
            return
        os.close(os.open(self._marker, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        sync_folder(self._root)

    def settle(self, others: Collection[str]) -> None:
        """All contents stored so far, and these other files, are durable then; raises OSError."""
        files = [*self._fresh, *others]
        folders = {os.path.dirname(file) for file in files} | {self._root}
        put_on_disk(files, folders, [self._root])
        self._fresh.clear()
        if os.path.exists(self._marker):
            os.unlink(self._marker)

    def path(self, sha256: str) -> str:
        """Where a content lies, or would."""
        return f"{self._root}/{sha256[:2]}/{sha256[2:]}"

    def known(self) -> set[str]:
        """Every content in the store; listed once, then kept up to date."""
        if self._known is None:
            self._known = set(self._listed())
        return self._known

    def put_bytes(self, data: bytes) -> str:
        """Store a small content; returns its sha256."""
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in self.known():
            temporary, descriptor = self.new_temporary()
            try:
                _write_all(descriptor, data)
            finally:
                os.close(descriptor)
            self.adopt(temporary, sha256)
        return sha256

    def put_stream(self, source: int, limit: int, *, sparse: bool = False) -> tuple[str, str, int]:
        """Copy at most `limit` bytes of an open file: (temporary, sha256, size), to adopt or unlink."""
        temporary, target = self.new_temporary()
        try:
            if self._reflinks and os.fstat(source).st_size == limit:
                self._reflinks = reflink(source, target)
                if self._reflinks:
                    return temporary, *digest_of(target)
            os.lseek(source, 0, os.SEEK_SET)
            digest, size = copy(source, target, limit, sparse=sparse)
        except BaseException:
            os.unlink(temporary)
            raise
        finally:
            os.close(target)
        return temporary, digest, size

    def new_temporary(self) -> tuple[str, int]:
        """A new empty private file on the store's file system; (path, descriptor)."""
        path = f"{self._incoming}/{os.getpid()}-{next(self._serial)}"
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        return path, os.open(path, flags, 0o600)

    def adopt(self, temporary: str, sha256: str) -> None:
        """Rename a finished temporary into the store, or drop it if its content is already there."""
        if sha256 in self.known():
            os.unlink(temporary)
            return
        path = self.path(sha256)
        try:
            os.rename(temporary, path)
        except FileNotFoundError:
            private_folder(os.path.dirname(path))
            os.rename(temporary, path)
        self.known().add(sha256)
        self._fresh.append(path)

    def open(self, sha256: str) -> int:
        """A descriptor for reading; raises FileNotFoundError."""
        return os.open(self.path(sha256), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)

    def drop(self, sha256: str) -> None:
        """Take a damaged content out, so that the next snapshot reads its file again."""
        Path(self.path(sha256)).unlink(missing_ok=True)
        self.known().discard(sha256)

    def sweep(self, named: Collection[str]) -> int:
        """Remove every content that is not in `named`, and all temporaries; returns the bytes freed."""
        freed = 0
        for entry in os.scandir(self._incoming) if os.path.isdir(self._incoming) else ():
            freed += entry.stat(follow_symlinks=False).st_blocks * 512
            os.unlink(entry.path)
        for sha256 in list(self._listed()):
            if sha256 not in named:
                path = self.path(sha256)
                freed += os.lstat(path).st_blocks * 512
                os.unlink(path)
        self._known = None
        return freed

    def size(self) -> int:
        """Bytes that all contents take on disk."""
        return sum(os.lstat(self.path(sha256)).st_blocks * 512 for sha256 in self._listed())

    def _listed(self) -> Iterator[str]:
        if not os.path.isdir(self._root):
            return
        for shard in os.scandir(self._root):
            if len(shard.name) == 2:
                for name in os.listdir(shard.path):
                    yield shard.name + name


def digest_of(descriptor: int) -> tuple[str, int]:
    """(sha256, size) of an open file, read from its start."""
    expected = os.fstat(descriptor).st_size
    head = os.pread(descriptor, min(expected, CHUNK) + 1, 0)  # a small file needs no buffer of a megabyte
    digest, size = hashlib.sha256(head), len(head)
    if size > CHUNK:
        view = memoryview(bytearray(CHUNK))
        while count := os.preadv(descriptor, [view], size):
            digest.update(view[:count])
            size += count
    return digest.hexdigest(), size


def copy(source: int, target: int, limit: int, *, sparse: bool) -> tuple[str, int]:
    """Copy up to `limit` bytes and hash them on the way; with `sparse`, runs of zeroes become holes."""
    digest, size, view = hashlib.sha256(), 0, memoryview(bytearray(min(CHUNK, max(limit, 1))))
    while size < limit and (count := os.readv(source, [view[: limit - size]])):
        part = view[:count]
        digest.update(part)
        if sparse:
            _write_holes(target, part)
        else:
            _write_all(target, part)
        size += count
    if sparse:
        os.ftruncate(target, size)
    return digest.hexdigest(), size


def _write_holes(target: int, data: memoryview) -> None:
    for start in range(0, len(data), 4096):
        block = data[start : start + 4096]
        if block == _ZEROES[: len(block)]:
            os.lseek(target, len(block), os.SEEK_CUR)
        else:
            _write_all(target, block)


def _write_all(target: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]
