"""The time of this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


class SystemClock:
    """The `Clock` port. `wait` is how it sleeps: the fence's, so that a signal wakes it."""

    def __init__(self, wait: Callable[[float], None] = time.sleep) -> None:
        self._wait = wait

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment; stands still while the machine sleeps, as limits should."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; a signal that the fence has taken may cut it short."""
        if seconds > 0:
            self._wait(seconds)
