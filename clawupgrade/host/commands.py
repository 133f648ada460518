"""Runs children to their end, and keeps every promise about that end itself.

plumbum's own timeout is not used: with a grandchild holding the pipe, timeout=1 came back after 31.7 s.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

from msgspec import Struct

from clawupgrade.host import sessions
from clawupgrade.host.children import MARK, Children, new_mark
from clawupgrade.host.environment import child_environment
from clawupgrade.host.growth import Growth
from clawupgrade.host.scrub import Scrub
from clawupgrade.host.spawn import Start, spawn, through_plumbum
from clawupgrade.host.typed import typed
from clawupgrade.host.watched import Watch, kill
from clawupgrade.model import Account
from clawupgrade.ports import Command, Completed, Event, Fence


class Begun(Struct, frozen=True):
    """A child that runs beside us."""

    child: subprocess.Popen[bytes]

    def status(self) -> int | None:
        """Its exit status (negative: killed by that signal), or None while it runs."""
        return self.child.poll()


class LocalCommands:
    """The `Commands` port on this machine.

    own: the account that we are. lock: descriptor of the run's lock, which every child inherits, so
    that a child that outlives us keeps it held. (node marks the first 16 descriptors close-on-exec:
    below npm it is the children's record, not the lock, that tells of them.) tell: hears each command.
    start: how a child is started that is run to its end.
    """

    def __init__(
        self,
        *,
        fence: Fence,
        own: Account,
        caller: Mapping[str, str],
        scrub: Scrub,
        children: Children | None = None,
        lock: int | None = None,
        tell: Callable[[Event], None] | None = None,
        start: Start = through_plumbum,
    ) -> None:
        self._say = tell
        self._start = start
        self._told: set[str] = set()
        self._fence = fence
        self._own = own
        self._caller = caller
        self._scrub = scrub
        self._children = children
        self._lock = lock

    def run(
        self,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        on_size: Callable[[int], None] | None = None,
    ) -> Completed:
        """Run to the end; see `ports.Commands`. What the child leaves behind in its session is ended too.

        While the fence has a signal, nothing is started and what runs is ended (`ended_by="signal"`).
        Lines are scrubbed before `on_line` sees them.
        """
        began = time.monotonic()
        if self._fence.taken() is not None:
            return Completed(None, "", "", 0.0, "signal")
        account = command.account or self._own
        self._tell(command)
        mark = new_mark()
        child = spawn(
            command.argv,
            start=self._start,
            env=self._base(account) | dict(command.env) | {MARK: mark},
            cwd=command.cwd or (account.home if Path(account.home).is_dir() else "/"),
            account=account,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            inherited=() if self._lock is None else (self._lock,),
        )
        say = None if on_line is None else _scrubbed(on_line, self._scrub)
        record = nullcontext() if self._children is None else self._children.recorded(child.pid, mark, command.argv[0])
        with record:
            growth = Growth(command.grows, on_size)
            watch = Watch(child, command, self._fence, say, growth, mark if command.whole else "")
            try:
                ended_by = watch.until_ended()
            except BaseException:
                sessions.send(signal.SIGKILL, watch.belongings())
                child.wait()
                raise
            out, err = watch.close()
            rc = child.wait() if ended_by in ("", "leftover") else None
        return Completed(rc, out, err, time.monotonic() - began, "" if rc is not None else ended_by)

    def _tell(self, command: Command) -> None:
        """Each command line once: one that asks again and again whether a service is up would hide all others."""
        text = typed(command.argv, self._scrub)
        if self._say is not None and text not in self._told:
            self._told.add(text)
            self._say(Event("command", text=text))

    @contextmanager
    def begun(self, command: Command, log: str) -> Iterator[Begun]:
        """A child that runs until the context ends, and is killed then with all that is its own.

        On record and with the lock, like every child: a recovery ends it if we cannot. The log is made anew, 0600.
        """
        account = command.account or self._own
        mark = new_mark()
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            child = spawn(
                command.argv,
                env=self._base(account) | dict(command.env) | {MARK: mark},
                cwd=command.cwd or "/",
                account=account,
                stdout=descriptor,
                stderr=descriptor,
                inherited=() if self._lock is None else (self._lock,),
            )
        finally:
            os.close(descriptor)
        record = nullcontext() if self._children is None else self._children.recorded(child.pid, mark, command.argv[0])
        with record:
            try:
                yield Begun(child)
            finally:
                kill(child)

    def detach(self, command: Command, log: str) -> int:
        """Start a child that outlives us, without the lock and on no record; its PID.

        `wall` and `idle` do not count for it. The log, 0600, is appended to.
        """
        account = command.account or self._own
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            child = spawn(
                command.argv,
                env=self._base(account) | dict(command.env),
                cwd=command.cwd or "/",
                account=account,
                stdout=descriptor,
                stderr=descriptor,
            )
        finally:
            os.close(descriptor)
        return child.pid

    def _base(self, account: Account) -> dict[str, str]:
        return child_environment(self._caller, account, is_own=account.uid == self._own.uid)


def _scrubbed(on_line: Callable[[str], None], scrub: Scrub) -> Callable[[str], None]:
    return lambda line: on_line(scrub.line(line))
