"""The files port over the disk in memory; every change is an effect, a crash inside leaves half of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial

from msgspec.structs import replace

from clawupgrade.errors import StepFailed
from clawupgrade.model import Account
from clawupgrade.ports import LEFTOVERS
from clawupgrade.testing.disk import Disk, Entry, File, Folder, Link, durable, parent
from clawupgrade.testing.world import World

_FREE = 50_000_000_000
_NOT_YET, _ASIDE = LEFTOVERS


class MemoryFiles:
    """The `Files` port."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def _disk(self) -> Disk:
        return self._world.disk

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None."""
        return self._disk.file(path)

    def write(self, path: str, content: bytes, *, like: str | None = None, mode: int = 0o600) -> None:
        """Replace at one stroke; a crash inside leaves the temporary file beside it."""
        path = self._disk.real(path)
        model = None if like is None else self._disk.at(self._disk.real(like))
        entry = File(content, model.mode if isinstance(model, File) else mode)

        def whole() -> None:
            self._disk.delete(path + _NOT_YET)
            self._disk.put(path, entry)

        self._world.effect(
            f"write {path}",
            whole,
            lambda: self._disk.put(path + _NOT_YET, replace(entry, content=content[: len(content) // 2])),
            touches=path,
            fills=True,
        )

    def exists(self, path: str) -> bool:
        """Whether anything is there."""
        return self._disk.at(path) is not None

    def names(self, folder: str) -> tuple[str, ...]:
        """The sorted names in a folder."""
        return tuple(path.rpartition("/")[2] for path in self._disk.below(folder) if parent(path) == folder)

    def mode(self, path: str) -> int | None:
        """The permission bits."""
        entry = self._disk.at(self._disk.real(path))
        return entry.mode if isinstance(entry, File | Folder) else None

    def real(self, path: str) -> str:
        """Links resolved."""
        return self._disk.real(path)

    def make_folder(self, path: str, *, mode: int = 0o700, account: Account | None = None) -> None:
        """Make a folder and its parents."""
        self._world.effect(f"make {path}", lambda: self._disk.make(path, mode), fills=True)

    def set_mode(self, path: str, mode: int) -> None:
        """Other permission bits, in one stroke."""
        entry = self._disk.at(path)
        if not isinstance(entry, File | Folder):
            raise FileNotFoundError(2, f"no file to give a mode: {path}")
        self._world.effect(f"chmod {path}", lambda: self._disk.put(path, replace(entry, mode=mode)), touches=path)

    def remove(self, path: str) -> None:
        """Rename aside, then remove; a crash inside leaves part of it under the other name."""

        def whole() -> None:
            self._disk.delete(path)
            self._disk.delete(path + _ASIDE)

        def half() -> None:
            whole()
            found = {path + _ASIDE + each[len(path) :]: entry for each, entry in before}
            self._disk.entries.update(list(found.items())[: len(found) // 2])

        before = [(each, self._disk.entries[each]) for each in self._disk.below(path)]
        self._world.effect(f"remove {path}", whole, half if len(before) > 1 else None, touches=path if before else "")

    def rename(self, source: str, target: str) -> None:
        """One rename."""
        if self.exists(target) or not self.exists(source):
            raise StepFailed(f"{source} cannot be moved to {target}")
        self._world.effect(f"rename {source} → {target}", lambda: self._disk.move(source, target), touches=source)

    def exchange(self, one: str, other: str) -> None:
        """In one call; where the file system cannot, `other` makes way first."""
        for path in (one, other):
            if not self.exists(path):
                raise StepFailed(f"nothing to exchange: {path}")
        if self._world.atomic_exchange:
            self._world.effect(f"exchange {one}", lambda: self._exchange(one, other), touches=one)
            return
        self._disk.delete(other + _ASIDE)
        self.rename(other, other + _ASIDE)
        self.rename(one, other)
        self.rename(other + _ASIDE, one)

    def copy_tree(self, source: str, target: str) -> None:
        """An exact copy, durable; the target appears when it is whole."""
        if not self.exists(source):
            raise FileNotFoundError(2, f"nothing to copy: {source}")
        found = [(path[len(source) :], self._disk.entries[path]) for path in self._disk.below(source)]
        if self.exists(target):
            for tail, entry in found:
                self._disk.put(target + _ASIDE + tail, entry)
            raise StepFailed(f"{target} exists already")

        def whole() -> None:
            self._disk.delete(target + _ASIDE)
            for tail, entry in found:
                self._disk.put(target + tail, durable(entry))

        def half() -> None:
            self._disk.delete(target + _ASIDE)
            for tail, entry in found[: len(found) // 2]:
                self._disk.put(target + _ASIDE + tail, entry)

        self._world.effect(f"copy {source}", whole, half, touches=target, fills=True)

    def link(self, path: str, target: str) -> None:
        """Make or replace a link."""

        def whole() -> None:
            self._disk.delete(path + _ASIDE)
            self._disk.put(path, Link(target))

        half = partial(self._disk.put, path + _ASIDE, Link(target))
        self._world.effect(f"link {path}", whole, half, fills=True)

    def sync_tree(self, path: str) -> None:
        """What lies there survives a power cut from here on."""
        if not self.exists(path):
            raise FileNotFoundError(2, f"nothing to sync: {path}")
        found = self._disk.below(path)
        self._world.effect(f"sync {path}", lambda: self._sync(found), lambda: self._sync(found[::2]))

    def manifest(self, path: str) -> Mapping[str, str]:
        """What a tree holds, as text."""
        below = self._disk.below(path)[1:]
        return {found[len(path) + 1 :]: _described(self._disk.entries[found]) for found in below}

    def free_bytes(self, path: str) -> int:
        """Always plenty; a full disk is a fault."""
        return _FREE

    def tree_bytes(self, path: str) -> int:
        """Bytes that a tree holds."""
        entries = (self._disk.entries[found] for found in self._disk.below(path))
        return sum(len(entry.content) for entry in entries if isinstance(entry, File))

    def writable(self, folder: str, account: Account | None = None) -> bool:
        """Everything in the account's home is."""
        return folder.startswith(self._world.layout.home)

    def movable(self, path: str) -> bool:
        """Nothing here is a layer of a container."""
        return True

    def _exchange(self, one: str, other: str) -> None:
        self._disk.move(one, f"{other}.exchanging")
        self._disk.move(other, one)
        self._disk.move(f"{other}.exchanging", other)

    def _sync(self, paths: list[str]) -> None:
        for path in paths:
            self._disk.entries[path] = durable(self._disk.entries[path])


def _described(entry: Entry) -> str:
    match entry:
        case File(content, mode):
            return f"file:{mode:o}:{len(content)}:{hashlib.sha256(content).hexdigest()}"
        case Folder(mode):
            return f"dir:{mode:o}::"
        case Link(target):
            return f"link:777:{len(target)}:{target}"
