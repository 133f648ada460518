"""The content-addressed store: each distinct content once, small in packs, large as objects/ab/cdef…"""

from __future__ import annotations

import hashlib
import io
import itertools
import os
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import IO

from clawupgrade.host.durable import sync_folder
from clawupgrade.host.snapshots.checksums import Checksums, QuickHash, ReadBack, Record, quick_hash
from clawupgrade.host.snapshots.folders import private_folder, put_on_disk
from clawupgrade.host.snapshots.packs import Packs
from clawupgrade.host.snapshots.streams import Hash, copy, feed, write_all
from clawupgrade.host.syscalls import reflink

SMALL = 256 << 10  # up to this, a content goes into a pack


class ObjectStore:
    """Content by its sha256. One writer at a time: the run's lock sees to that.

    Large contents are renamed into place without an fsync of their own; `settle` makes all of them durable
    at once. Until then the marker `unsettled` stands, and whoever opens the store after a power cut drops
    every content that no snapshot names, since a name may then stand for torn bytes.
    """

    def __init__(self, root: Path, now: Callable[[], float] = time.time) -> None:
        self._root = str(root)
        self._now = now
        self._incoming = f"{root}/incoming"
        self._marker = f"{root}/unsettled"
        self._packs = Packs(f"{root}/packs")
        self.checksums = Checksums(f"{root}/checksums")
        self._serial = itertools.count()
        self._large: set[str] | None = None
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
        self._packs.finish()
        self._fresh.clear()
        if os.path.exists(self._marker):
            os.unlink(self._marker)

    def path(self, sha256: str) -> str:
        """Where a large content (every database is one) lies, or would."""
        return f"{self._root}/{sha256[:2]}/{sha256[2:]}"

    def holds(self, sha256: str) -> bool:
        """Whether a content is in the store; what there is is listed once, then kept up to date."""
        return sha256 in self._listed() or self._packs.holds(sha256)

    def put_small(self, data: bytes) -> str:
        """Store a content of up to SMALL bytes; returns its sha256."""
        sha256 = hashlib.sha256(data).hexdigest()
        if not self.holds(sha256):
            self._packs.append(data, sha256)
            self._note(sha256, quick_hash(data))
        return sha256

    def put_stream(self, source: int, limit: int, *, sparse: bool = False) -> tuple[str, str, int]:
        """Copy at most `limit` bytes of an open file: (temporary, sha256, size), to adopt or unlink."""
        temporary, target = self.new_temporary()
        try:
            if self._reflinks and os.fstat(source).st_size == limit:
                self._reflinks = reflink(source, target)
                if self._reflinks:
                    return temporary, *self.digest_of_new(target)
            os.lseek(source, 0, os.SEEK_SET)
            quick = quick_hash()
            digest, size = copy(source, target, limit, sparse=sparse, also=[quick] if quick else [])
            self._note(digest, quick)
        except BaseException:
            os.unlink(temporary)
            raise
        finally:
            os.close(target)
        return temporary, digest, size

    def digest_of_new(self, descriptor: int) -> tuple[str, int]:
        """(sha256, size) of a new content in an open file; its quick checksum is noted by the same bytes."""
        digest, quick = hashlib.sha256(), quick_hash()
        size = feed(descriptor, digest, *([quick] if quick else []))
        self._note(digest.hexdigest(), quick)
        return digest.hexdigest(), size

    def _note(self, sha256: str, quick: QuickHash | None) -> None:
        if quick is not None:
            self.checksums.note(sha256, Record(quick.digest()))

    def new_temporary(self) -> tuple[str, int]:
        """A new empty private file on the store's file system; (path, descriptor)."""
        path = f"{self._incoming}/{os.getpid()}-{next(self._serial)}"
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        return path, os.open(path, flags, 0o600)

    def adopt(self, temporary: str, sha256: str) -> None:
        """Rename a finished temporary into the store, or drop it if its content is already there."""
        if sha256 in self._listed():
            os.unlink(temporary)
            return
        path = self.path(sha256)
        private_folder(os.path.dirname(path))
        os.rename(temporary, path)
        self._listed().add(sha256)
        self._fresh.append(path)

    def digest(self, sha256: str) -> tuple[str, int]:
        """Read a content back: (sha256, size) of what is there. Raises FileNotFoundError."""
        digest = hashlib.sha256()
        size = self._feed(sha256, digest)
        return digest.hexdigest(), size

    def is_right(self, sha256: str, size: int, *, thorough: bool) -> bool:
        """Read a content back: is it what its name says, and of this size? Raises FileNotFoundError.

        Unless `thorough`, one that was read back lately is not read again while nobody has touched its file
        (`ReadBack`), and any other is compared by its quick checksum, known from when it was put here or was
        right before. Only what has another one now is read again for its sha256, which has the last word.
        """
        known, quick = None if thorough else self.checksums.at(sha256), quick_hash()
        file, held = self._stat(sha256)
        before = None if known is None or held != size else known.read_back
        if before is not None and before.stands_for(file, self._now()):
            return True
        read_back = ReadBack(int(self._now()), file.st_ctime_ns, file.st_ino)
        if known is not None and quick is not None:
            if self._feed(sha256, quick) == size and quick.digest() == known.quick:
                self.checksums.note(sha256, known._replace(read_back=read_back))
                return True
            quick = quick_hash()
        digest = hashlib.sha256()
        if self._feed(sha256, digest, *([quick] if quick else [])) != size or digest.hexdigest() != sha256:
            return False
        self.checksums.note(sha256, Record(quick.digest() if quick else b"", read_back=read_back))
        return True

    def copy_to(self, sha256: str, target: int, limit: int, *, sparse: bool) -> tuple[str, int]:
        """Copy a content to an open file: (sha256, size) of what was copied. Raises FileNotFoundError."""
        if sha256 not in self._listed() and self._packs.holds(sha256):
            data = self._packs.read(sha256)
            write_all(target, data)
            return hashlib.sha256(data).hexdigest(), len(data)
        descriptor = self._open(sha256)
        try:
            return copy(descriptor, target, limit, sparse=sparse)
        finally:
            os.close(descriptor)

    def reader(self, sha256: str) -> IO[bytes]:
        """A content as an open file; raises FileNotFoundError."""
        if sha256 not in self._listed() and self._packs.holds(sha256):
            return io.BytesIO(self._packs.read(sha256))
        return os.fdopen(self._open(sha256), "rb")

    def drop(self, sha256: str) -> None:
        """Take a damaged content out, so that the next snapshot reads its file again."""
        if sha256 not in self._listed() and self._packs.holds(sha256):
            self._packs.forget(sha256)
            return
        Path(self.path(sha256)).unlink(missing_ok=True)
        self._listed().discard(sha256)

    def sweep(self, named: Collection[str]) -> int:
        """Remove every content that is not in `named`, and all temporaries; returns the bytes freed."""
        freed = self._packs.sweep(named)
        for entry in os.scandir(self._incoming) if os.path.isdir(self._incoming) else ():
            freed += entry.stat(follow_symlinks=False).st_blocks * 512
            os.unlink(entry.path)
        for sha256 in [*self._listed()]:
            if sha256 not in named:
                path = self.path(sha256)
                freed += os.lstat(path).st_blocks * 512
                os.unlink(path)
        self._large = None
        return freed

    def size(self) -> int:
        """Bytes that all contents take on disk."""
        return self._packs.size() + sum(os.lstat(self.path(name)).st_blocks * 512 for name in self._listed())

    def _feed(self, sha256: str, *hashes: Hash) -> int:
        if sha256 not in self._listed() and self._packs.holds(sha256):
            data = self._packs.read(sha256)
            for each in hashes:
                each.update(data)
            return len(data)
        descriptor = self._open(sha256)
        try:
            return feed(descriptor, *hashes)
        finally:
            os.close(descriptor)

    def _stat(self, sha256: str) -> tuple[os.stat_result, int]:
        """The file that holds a content, and how many bytes of it are the content's; raises FileNotFoundError."""
        if sha256 not in self._listed() and self._packs.holds(sha256):
            return self._packs.stat(sha256)
        file = os.lstat(self.path(sha256))
        return file, file.st_size

    def _open(self, sha256: str) -> int:
        return os.open(self.path(sha256), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)

    def _listed(self) -> set[str]:
        if self._large is None:
            self._large = set(self._list())
        return self._large

    def _list(self) -> Iterator[str]:
        if not os.path.isdir(self._root):
            return
        for shard in os.scandir(self._root):
            if len(shard.name) == 2:
                for name in os.listdir(shard.path):
                    yield shard.name + name
