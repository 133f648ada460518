"""The disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from clawupgrade.model import Account


LEFTOVERS = (".clawupgrade-new", ".clawupgrade-aside")
"""What a change of a path that was cut off leaves beside it; the next change replaces it."""


class Files(Protocol):
    """The disk. Every change is durable when the call returns; every removal is idempotent."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None when there is none."""
        ...

    def write(self, path: str, content: bytes, *, like: str | None = None, mode: int = 0o600) -> None:
        """Replace a file at one stroke (temporary name, fsync, rename, fsync of the folder).

        The owner and mode are those of `like` where it exists, else `mode`.
        """
        ...

    def exists(self, path: str) -> bool:
        """Whether anything, also a dangling link, is there."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """The sorted names in a folder; empty when it does not exist."""
        ...

    def mode(self, path: str) -> int | None:
        """The permission bits of what is there, links followed; None for nothing."""
        ...

    def real(self, path: str) -> str:
        """The path with every link resolved."""
        ...

    def make_folder(self, path: str, *, mode: int = 0o700, account: Account | None = None) -> None:
        """Make a folder and its missing parents."""
        ...

    def set_mode(self, path: str, mode: int) -> None:
        """Give what exists other permission bits."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file or a tree; nothing there is fine."""
        ...

    def rename(self, source: str, target: str) -> None:
        """One rename within a file system; the target must not exist."""
        ...

    def exchange(self, one: str, other: str) -> None:
        """Exchange two existing paths: in one system call where the file system can.

        Where it cannot, `other` makes way first, so that `one` is never out of sight: cut off, its
        content lies at `one` or at `other`.
        """
        ...

    def copy_tree(self, source: str, target: str) -> None:
        """An exact copy (modes, links, times), reflinked where possible, durable."""
        ...

    def link(self, path: str, target: str) -> None:
        """Make or replace the symbolic link `path` at one stroke."""
        ...

    def sync_tree(self, path: str) -> None:
        """All below is on the disk when this returns."""
        ...

    def manifest(self, path: str) -> Mapping[str, str]:
        """Relative path → `kind:mode:size:sha256` (or link target) of everything below."""
        ...

    def free_bytes(self, path: str) -> int:
        """Free bytes for this account on the file system that holds (or will hold) the path."""
        ...

    def tree_bytes(self, path: str) -> int:
        """Bytes that a tree holds, as it would be copied."""
        ...

    def writable(self, folder: str, account: Account | None = None) -> bool:
        """Whether a file can really be made and renamed there: proved by doing it."""
        ...
