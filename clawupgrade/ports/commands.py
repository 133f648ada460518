"""Children: what is run, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from clawupgrade.model import Account


class Command(Struct, frozen=True):
    """A child process to be. `env` is laid over a clean base; no value of it is ever printed.

    wall, idle: limits in seconds, for the whole run and for silence. account: run as this one.
    grows: a folder that the child fills, whose size a person wants to see. whole: a daemon that it leaves behind in a
    session of its own is ended with it; else such a one left on purpose, and is left alone.
    """

    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    cwd: str | None = None
    account: Account | None = None
    wall: float = 600.0
    idle: float | None = None
    grows: str = ""
    whole: bool = False


class Completed(Struct, frozen=True):
    """How a child ended. `rc` is None when a limit ended it; then `ended_by` says which."""

    rc: int | None
    out: str
    err: str
    seconds: float
    ended_by: str = ""

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with status 0."""
        return self.rc == 0


class Commands(Protocol):
    """Runs children: own session, stdin from /dev/null, the lock inherited, the whole group ended on a limit."""

    def run(
        self,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        on_size: Callable[[int], None] | None = None,
    ) -> Completed:
        """Run to the end; `on_size` is told the bytes of `command.grows` now and then.

        Raises Refused when the program does not exist or may not be run.
        """
        ...

    def detach(self, command: Command, log: str) -> int:
        """Start a child that outlives us, without the lock, its output to a 0600 file; its PID."""
        ...
