"""Who hears what a command says: the person, the run's own log, `--events`, journald."""

from __future__ import annotations

import argparse
import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from clawupgrade.errors import UsageError
from clawupgrade.host.telling import EventLines, Journald, Listener, RunLog, Telling, under_journald
from clawupgrade.ports import Clock
from clawupgrade.render.live import View, view_for

_LOOKING = ("run", "plan", "status", "rollback", "diagnose")
"""Commands that look at an installation for some seconds before they have anything to say."""


@contextmanager
def telling(
    args: argparse.Namespace, folder: Path, clock: Clock, caller: Mapping[str, str], stopping: Callable[[], bool]
) -> Iterator[tuple[Telling, View]]:
    """Everybody who listens to this command, and of them the one that a person sees.

    stopping: whether a signal has come that will end the run.
    """
    view = view_for(
        sys.stderr,
        caller,
        verbose=args.verbose,
        quiet=args.quiet,
        looks=args.command in _LOOKING and not args.json,
        stopping=stopping,
    )
    listeners: list[Listener] = [lambda event, _: view(event), RunLog(folder / "runs", clock)]
    if under_journald(caller):
        listeners.append(Journald())
    descriptor = None if not args.events else _opened(args)
    if descriptor is not None:
        listeners.append(EventLines(descriptor, clock))
    try:
        yield Telling(*listeners), view
    finally:
        view.close()
        if descriptor is not None:
            os.close(descriptor)


def _opened(args: argparse.Namespace) -> int:
    if args.events == "-":
        if args.json:
            raise UsageError("--json and --events - both want standard output", "give --events FILE")
        return os.dup(1)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(args.events, flags, 0o600)
    except OSError as error:
        # A pipe that nobody reads would hold the run up for ever.
        why = "nobody reads that pipe" if error.errno == errno.ENXIO else error.strerror
        raise UsageError(f"--events {args.events}: {why}") from error
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.set_blocking(descriptor, True)
    return descriptor
