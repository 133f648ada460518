"""How long to wait for a gateway: while it shows signs of life, with an end that grows with its state."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.gateway.row import State

IDLE_LIMIT = 300.0
"""Seconds without a sign of life before a living process is given up (#139082: starts of 947 s)."""
SHUT_DOOR = 305.0
"""Seconds: after ten failures within a minute a gateway refuses everybody for five, and may not say so (#155384)."""
_CAP = 1200.0
_CAP_PER_GIB = 600.0
_LONGEST_CAP = 10_800.0
_DEAD_LIMIT = 30.0
_BROKEN_LIMIT = 30.0
_CRASH_LOOP = 4
_CONFIG_EXIT = 78
_FIRST_WAIT = 0.25
_LONGEST_WAIT = 2.0
_GIB = 1024**3


class Signs(Struct, frozen=True):
    """What can be seen of a gateway at one moment. None where it cannot be told.

    at: seconds on the clock of `started_at`. restarts: since the waiting began. state: of the last answer.
    retry_after: seconds that the gateway asked for. phase: what it or its service says it is doing.
    """

    at: float
    state: State
    alive: bool | None = None
    exit_status: int | None = None
    restarts: int = 0
    log_size: int | None = None
    log_mtime: float | None = None
    phase: str = ""
    retry_after: float | None = None


class Wait(Struct, frozen=True):
    """Ask again after so many seconds."""

    seconds: float


class GiveUp(Struct, frozen=True):
    """No more waiting, and why."""

    reason: str


def hard_cap_for(state_bytes: int) -> float:
    """Seconds after which even a living gateway is given up: 20 minutes and 10 more for each GiB of state."""
    return min(_CAP + _CAP_PER_GIB * max(state_bytes, 0) / _GIB, _LONGEST_CAP)


class Patience:
    """Feed it signs; it says whether to wait on. Times are in seconds of one monotonic clock."""

    def __init__(self, started_at: float, idle_limit: float = IDLE_LIMIT, hard_cap: float = _CAP) -> None:
        self._started_at = started_at
        self._idle_limit = idle_limit
        self._hard_cap = hard_cap
        self._last_sign_at = started_at
        self._seen: tuple[object, ...] | None = None
        self._dead_since: float | None = None
        self._broken_since: float | None = None
        self._wait = _FIRST_WAIT

    def feed(self, signs: Signs) -> Wait | GiveUp:
        """Take what was seen, and decide."""
        self._note(signs)
        reason = self._reason_to_stop(signs)
        if reason:
            return GiveUp(reason)
        if signs.retry_after is not None:
            return Wait(self._within_cap(signs.at, max(signs.retry_after, _FIRST_WAIT)))
        wait, self._wait = self._wait, min(self._wait * 1.5, _LONGEST_WAIT)
        return Wait(self._within_cap(signs.at, wait))

    def _note(self, signs: Signs) -> None:
        seen = (signs.log_size, signs.log_mtime, signs.phase, signs.state, signs.restarts)
        # A gateway that says “starting” is alive at this very moment, even if it says nothing else.
        if (self._seen is not None and seen != self._seen) or signs.state is State.STARTING:
            self._last_sign_at = signs.at
        self._seen = seen
        self._dead_since = _since(self._dead_since, signs.alive is False, signs.at)
        self._broken_since = _since(self._broken_since, signs.state is State.BROKEN, signs.at)

    def _reason_to_stop(self, signs: Signs) -> str:
        waited = signs.at - self._started_at
        idle = signs.at - self._last_sign_at
        if signs.alive is False and signs.exit_status == _CONFIG_EXIT:
            return "the gateway ended itself with status 78: it refuses its config, schema or maintenance state"
        if signs.restarts >= _CRASH_LOOP:
            return f"the gateway was restarted {signs.restarts} times: it crashes again and again"
        if self._dead_since is not None and signs.at - self._dead_since >= _DEAD_LIMIT:
            return f"the gateway's process has been gone for {signs.at - self._dead_since:.0f} s"
        if self._broken_since is not None and signs.at - self._broken_since >= _BROKEN_LIMIT:
            return f"for {signs.at - self._broken_since:.0f} s what listens there has not answered as a gateway"
        if idle >= self._idle_limit:
            return f"no sign of life for {idle:.0f} s"
        if waited >= self._hard_cap:
            return f"not ready after {waited:.0f} s, the most that the size of the state allows"
        return ""

    def _within_cap(self, at: float, seconds: float) -> float:
        left = self._started_at + self._hard_cap - at
        return max(0.05, min(seconds, left))


def _since(since: float | None, holds: bool, at: float) -> float | None:
    if not holds:
        return None
    return at if since is None else since
