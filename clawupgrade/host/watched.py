"""One child from its start until nothing of it runs any more: its output, its limits, and all that belongs to it."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable

from clawupgrade.errors import StepFailed
from clawupgrade.host import sessions
from clawupgrade.host.children import bearing
from clawupgrade.host.growth import Growth
from clawupgrade.host.identity import Identity, identify, is_alive
from clawupgrade.host.output import Output
from clawupgrade.ports import Command, Fence

_TICK = 0.05
_NAP = 0.001
_LINGER = 0.5
_GRACE = 10.0
_LAST = 5.0


def kill(child: subprocess.Popen[bytes]) -> None:
    """End a child and all that is its own at once. Raises StepFailed when the kernel does not let go of it."""
    known: set[Identity] = set()
    until = time.monotonic() + _GRACE
    while True:
        leader = identify(child.pid)
        known |= {*sessions.members(child.pid), *sessions.offspring(child.pid), *((leader,) if leader else ())}
        known = {identity for identity in known if is_alive(identity)}
        if not known:
            child.wait()
            return
        if time.monotonic() > until:
            raise StepFailed(f"process {child.pid} cannot be ended")
        sessions.send(signal.SIGKILL, known)
        time.sleep(_TICK)


class Watch:
    """One child from its start until nothing of it runs any more."""

    def __init__(
        self,
        child: subprocess.Popen[bytes],
        command: Command,
        fence: Fence,
        say: Callable[[str], None] | None,
        growth: Growth,
        mark: str,
    ) -> None:
        assert child.stdout is not None
        assert child.stderr is not None
        self._child = child
        self._mark = mark
        self._command = command
        self._fence = fence
        self._growth = growth
        self._outputs = [Output(pipe.fileno(), say) for pipe in (child.stdout, child.stderr)]
        self._selector = selectors.DefaultSelector()
        for output in self._outputs:
            self._selector.register(output.descriptor, selectors.EVENT_READ, output)
        self._began = self._last_word = time.monotonic()
        self._known: set[Identity] = set()
        self._nap = _NAP

    def until_ended(self) -> str:
        """Read on until the child and all that belongs to it has ended; "" or what ended it."""
        ended_by = ""
        left_at = ending_at = 0.0
        doomed: set[Identity] = set()
        while True:
            self._read()
            now = time.monotonic()
            self._growth.look(now)
            left = self._has_left()
            left_at = left_at or (now if left else 0.0)
            rest = self.belongings() if left or ended_by else ()
            if left and not rest:
                return ended_by
            if not ended_by:
                ended_by = self._verdict(now, left_at)
                ending_at = now
                rest = self.belongings() if ended_by else ()
            if ended_by:
                waited = now - ending_at
                if waited > _GRACE + _LAST:
                    return ended_by  # a process in the kernel's hands; its record stays for `settle`
                if waited > _GRACE:
                    sessions.send(signal.SIGKILL, rest)
                else:
                    sessions.send(signal.SIGTERM, set(rest) - doomed)
                    doomed |= set(rest)

    def belongings(self) -> tuple[Identity, ...]:
        """The child, its session, its offspring, whoever was one of these when it was ended, whoever bears its mark."""
        pid = self._child.pid
        leader = identify(pid)
        self._known |= set(sessions.members(pid))
        if leader:  # what a dead one has brought forth has other parents by now
            self._known |= {leader, *sessions.offspring(pid)}
        if self._mark:
            self._known |= set(bearing(self._mark))
        self._known = {identity for identity in self._known if identify(identity.pid) == identity}
        return tuple(self._known)

    def close(self) -> tuple[str, str]:
        """What was said on both streams. Never waits: a stranger may hold the pipe for ever."""
        for output in self._outputs:
            if output.descriptor in self._selector.get_map():
                output.drain()
        texts = [output.finish() for output in self._outputs]
        self._selector.close()
        for pipe in (self._child.stdout, self._child.stderr):
            if pipe is not None:
                pipe.close()
        return texts[0], texts[1]

    def _read(self) -> None:
        if not self._selector.get_map():
            # Streams close a moment before their process has left: a whole tick here was a third of `status`.
            time.sleep(self._nap)
            self._nap = min(2 * self._nap, _TICK)
            return
        for key, _ in self._selector.select(_TICK):
            output: Output = key.data
            if output.take() == 0:
                self._selector.unregister(output.descriptor)
            self._last_word = time.monotonic()

    def _has_left(self) -> bool:
        # WNOWAIT: as long as the zombie stays, its number cannot become somebody else's session.
        return os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _verdict(self, now: float, left_at: float) -> str:
        command = self._command
        if left_at:
            return "leftover" if now - left_at > _LINGER else ""
        if self._fence.taken() is not None:
            return "signal"
        if now - self._began > command.wall:
            return "wall"
        if command.idle is not None and now - self._last_word > command.idle:
            return "idle"
        return ""
