"""Takes SIGINT, SIGTERM and SIGHUP for the length of a run, so that the run can end itself in order."""

from __future__ import annotations

import os
import select
import signal
import time
from types import FrameType, TracebackType
from typing import Any

_TAKEN = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SHORTEST = 0.2


class SignalFence:
    """The `Fence` port, as a context manager; use it in the main thread.

    The first signal is remembered, later ones change nothing. A signal that was ignored when we came
    (nohup) stays ignored.
    """

    def __init__(self) -> None:
        self.first: int | None = None
        self._is_shut = False
        self._before: dict[signal.Signals, Any] = {}
        self._woken, self._waker = -1, -1

    def __enter__(self) -> SignalFence:
        # A pipe and not threading.Event: Event.set in a handler can wait for a lock that the
        # interrupted main thread holds.
        self._woken, self._waker = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        for each in _TAKEN:
            if signal.getsignal(each) != signal.SIG_IGN:
                self._before[each] = signal.signal(each, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._before:
            each, handler = self._before.popitem()
            signal.signal(each, signal.SIG_DFL if handler is None else handler)
        os.close(self._woken)
        os.close(self._waker)
        self._woken, self._waker = -1, -1

    def taken(self) -> int | None:
        """The signal that may still turn the run back, or None."""
        return None if self._is_shut else self.first

    def shut(self) -> None:
        """From here on no signal shortens any wait or child."""
        self._is_shut = True

    def wait(self, seconds: float) -> None:
        """Wait; a signal cuts it short. Later waits still last up to 0.2 s: a loop must not spin."""
        if self._is_shut or self._woken < 0:
            time.sleep(seconds)
        elif self.first is not None:
            time.sleep(min(seconds, _SHORTEST))
        else:
            select.select([self._woken], [], [], seconds)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if self.first is None:
            self.first = number
            os.write(self._waker, b"!")
