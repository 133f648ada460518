"""A disk in memory: files, folders and links by absolute path, cheap to copy."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace


class File(Struct, frozen=True):
    """A file. What is not `durable` is lost in a power cut: the name stays, the content does not."""

    content: bytes
    mode: int = 0o644
    durable: bool = True


class Folder(Struct, frozen=True):
    """A folder; what it holds lies under longer paths."""

    mode: int = 0o755


class Link(Struct, frozen=True):
    """A symbolic link."""

    target: str


Entry: TypeAlias = File | Folder | Link


class Disk:
    """The raw disk. It refuses what a kernel refuses: no parent, no source, a target in the way."""

    __slots__ = ("entries",)

    def __init__(self, entries: dict[str, Entry] | None = None) -> None:
        self.entries: dict[str, Entry] = entries if entries is not None else {"/": Folder()}

    def fork(self) -> Disk:
        """An independent copy."""
        return Disk(dict(self.entries))

    def at(self, path: str) -> Entry | None:
        """What is there; a link is not followed."""
        return self.entries.get(path)

    def file(self, path: str) -> bytes | None:
        """A file's bytes, links followed; None when there is none."""
        entry = self.entries.get(self.real(path))
        return entry.content if isinstance(entry, File) else None

    def below(self, path: str) -> list[str]:
        """The path and all below it, parents first; empty when nothing is there."""
        entry = self.entries.get(path)
        if not isinstance(entry, Folder):
            return [] if entry is None else [path]
        inside = path.rstrip("/") + "/"
        return [path, *sorted(found for found in self.entries if found.startswith(inside))]

    def put(self, path: str, entry: Entry) -> None:
        """Place or replace one entry. Raises FileNotFoundError without a parent folder."""
        if not isinstance(self.entries.get(parent(path)), Folder):
            raise FileNotFoundError(2, f"no such folder: {parent(path)}")
        self.entries[path] = entry

    def put_text(self, path: str, text: str, mode: int = 0o644, *, durable: bool = True) -> None:
        """Place a text file, making its folders."""
        self.make(parent(path))
        self.put(path, File(text.encode(), mode, durable))

    def make(self, path: str, mode: int = 0o755) -> None:
        """Make a folder and its missing parents."""
        if path not in self.entries:
            self.make(parent(path), mode)
            self.entries[path] = Folder(mode)
        elif not isinstance(self.entries[path], Folder):
            raise FileExistsError(17, f"not a folder: {path}")

    def delete(self, path: str) -> None:
        """Remove the path and all below."""
        for found in self.below(path):
            del self.entries[found]

    def move(self, source: str, target: str) -> None:
        """Rename; the target must not exist, its parent must."""
        if source not in self.entries:
            raise FileNotFoundError(2, f"nothing to rename: {source}")
        if target in self.entries:
            raise FileExistsError(17, f"in the way: {target}")
        if not isinstance(self.entries.get(parent(target)), Folder):
            raise FileNotFoundError(2, f"no such folder: {parent(target)}")
        for found in self.below(source):
            self.entries[target + found[len(source) :]] = self.entries.pop(found)

    def real(self, path: str) -> str:
        """The path with every link resolved."""
        found = ""
        for name in path.strip("/").split("/"):
            if name == "..":
                found = parent(found) if found else ""
                found = "" if found == "/" else found
                continue
            step = f"{found}/{name}"
            entry = self.entries.get(step)
            if isinstance(entry, Link):
                target = entry.target if entry.target.startswith("/") else f"{found}/{entry.target}"
                step = self.real(target)
            found = step
        return found or "/"

    def lose_power(self) -> None:
        """What was not made durable keeps its name and loses its content."""
        for path, entry in self.entries.items():
            if isinstance(entry, File) and not entry.durable:
                self.entries[path] = replace(entry, content=b"", durable=True)


def durable(entry: Entry) -> Entry:
    """The entry, once it is on the disk."""
    return replace(entry, durable=True) if isinstance(entry, File) else entry


def parent(path: str) -> str:
    """The folder that a path lies in."""
    return path.rpartition("/")[0] or "/"
