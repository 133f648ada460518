"""Effects are counted, and one of them can be made to go wrong: that is how every crash is tried."""

from __future__ import annotations

import errno
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar, assert_never

from msgspec import Struct

T = TypeVar("T")


class Way(StrEnum):
    """In which way an effect goes wrong."""

    BEFORE = "crash before"
    IN = "crash in"
    AFTER = "crash after"
    ERROR = "error"
    """Half done, then EIO."""
    LATE = "error after"
    """Done, and reported as failed: an exit code that lies, an fsync that fails after its rename."""
    FULL = "no space"
    HANG = "hang"
    """Nothing happens until a limit ends the wait."""
    LIE = "lie"
    """Nothing happens, and success is reported: a gateway that ends itself right after its start."""


CRASHES = (Way.BEFORE, Way.IN, Way.AFTER)


class Crash(BaseException):
    """The process is gone at this point. No `except Exception` sees it, as none would see SIGKILL."""


class Hung(Exception):
    """The child or the service manager does not come back; whoever waits for it lets its limit end it."""


class Effect(Struct, frozen=True):
    """One change of the world that was asked for.

    has_half: a crash inside leaves something. waits: somebody else does it and may hang.
    fills: it takes room on the disk. lies: success may be reported though nothing happened.
    """

    number: int
    name: str
    has_half: bool
    waits: bool = False
    fills: bool = False
    lies: bool = False

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways in which it can go wrong."""
        optional = {
            Way.IN: self.has_half,
            Way.FULL: self.fills,
            Way.HANG: self.waits,
            Way.LIE: self.lies,
        }
        return tuple(way for way in Way if optional.get(way, True))


class Fault(Struct, frozen=True):
    """What goes wrong: the effect with this number (from 0), in this way."""

    number: int
    way: Way


class Faults:
    """Counts effects and strikes at those that a fault names."""

    __slots__ = ("_planned", "seen")

    def __init__(self, *planned: Fault) -> None:
        self._planned = {fault.number: fault.way for fault in planned}
        self.seen: list[Effect] = []

    def strike(
        self,
        name: str,
        whole: Callable[[], T],
        half: Callable[[], object] | None,
        *,
        waits: bool = False,
        fills: bool = False,
        lie: T | None = None,
    ) -> T:
        """Carry out one effect, or the part of it that its fault leaves.

        half: what a crash inside leaves; None for what the kernel does in one stroke. lie: what is
        answered when nothing was done and success is reported; None for an effect that cannot lie.
        """
        number = len(self.seen)
        self.seen.append(Effect(number, name, half is not None, waits, fills, lie is not None))
        way = self._planned.get(number)
        match way:
            case None:
                return whole()
            case Way.BEFORE:
                pass
            case Way.IN | Way.ERROR | Way.FULL:
                if half is not None:
                    half()
            case Way.AFTER | Way.LATE:
                whole()
            case Way.HANG:
                pass
            case Way.LIE:
                assert lie is not None, name
                return lie
            case _:
                assert_never(way)
        raise _misfortune(way, name)


def _misfortune(way: Way, name: str) -> BaseException:
    match way:
        case Way.BEFORE | Way.IN | Way.AFTER:
            return Crash(f"{way}: {name}")
        case Way.ERROR | Way.LATE:
            return OSError(errno.EIO, f"input/output error: {name}")
        case Way.FULL:
            return OSError(errno.ENOSPC, f"no space left on device: {name}")
        case Way.HANG:
            return Hung(name)
        case Way.LIE:
            raise AssertionError("a lie is no misfortune")
        case _:
            assert_never(way)
