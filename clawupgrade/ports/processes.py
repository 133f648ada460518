"""Who runs here, and who listens."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class Process(Struct, frozen=True):
    """A process that was seen. `started` is seconds since the epoch and tells reused pids apart.

    parent: the pid of whoever started it, 0 where that cannot be seen.
    """

    pid: int
    started: float
    argv: tuple[str, ...]
    uid: int
    exe: str = ""
    cwd: str = ""
    parent: int = 0


class Processes(Protocol):
    """The process table."""

    def listeners(self, port: int) -> tuple[Process, ...]:
        """Who listens on a TCP port; empty when nobody does. A pid of 0 means: not ours to see."""
        ...

    def find(self, pid: int) -> Process | None:
        """The process, or None."""
        ...

    def ancestors(self) -> tuple[Process, ...]:
        """This process's parents, nearest first."""
        ...
