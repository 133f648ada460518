"""Time, and the signals that would cut it short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """Time. `now` is aware UTC; `monotonic` never goes back and is in seconds."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; a signal that the fence has taken may cut it short."""
        ...


class Fence(Protocol):
    """Takes the signals that would end the run, so that the run can end itself in order."""

    def taken(self) -> int | None:
        """The first signal that came since the run began and may still turn it back, or None."""
        ...

    def shut(self) -> None:
        """The run is on its way back: from here on no signal shortens any wait or child."""
        ...
