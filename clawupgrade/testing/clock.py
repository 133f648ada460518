"""Time in memory, and a fence that a test may let a signal through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from clawupgrade.testing.world import World

_BEGIN = datetime(2026, 9, 1, tzinfo=UTC)


class MemoryClock:
    """The `Clock` port: time moves only when somebody waits or works."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        """The wall clock."""
        return _BEGIN + timedelta(seconds=self._world.time)

    def monotonic(self) -> float:
        """Seconds."""
        return self._world.time

    def sleep(self, seconds: float) -> None:
        """Time passes, and the live gateway works on."""
        self._world.time += seconds
        self._world.beat()


class MemoryFence:
    """The `Fence` port. `signal` is the one that has come, from effect number `since` on."""

    def __init__(self, world: World, signal: int | None = None, since: int = 0) -> None:
        self._world = world
        self._signal = signal
        self._since = since
        self._is_shut = False

    def taken(self) -> int | None:
        """The signal, once it has come and while it still counts."""
        has_come = len(self._world.faults.seen) >= self._since
        return self._signal if has_come and not self._is_shut else None

    def shut(self) -> None:
        """From here on no signal counts."""
        self._is_shut = True
