"""What every command owes its caller: one JSON document on stdout with `--json`, and an exit code, on signals too."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from types import FrameType

from clawupgrade.errors import Stopped

_TAKEN = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stoppable() -> Iterator[None]:
    """From the first moment a signal ends the command in order; a run's own fence takes over later.

    A signal that was ignored when we came (nohup) stays ignored.
    """
    for each in _TAKEN:
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, _stop)
    yield


@contextmanager
def one_document(*, as_json: bool) -> Iterator[None]:
    """With `as_json`, whatever is printed within is held back, and its last line is the one that counts.

    From that line on the command is over: a signal changes nothing any more.
    """
    if not as_json:
        yield
        return
    kept = io.StringIO()
    try:
        with redirect_stdout(kept):
            yield
    finally:
        for each in _TAKEN:
            signal.signal(each, signal.SIG_IGN)
        lines = kept.getvalue().splitlines()
        if isinstance(sys.exc_info()[1], SystemExit):
            sys.stdout.write(kept.getvalue())  # --help and --version are no documents
        elif lines:
            sys.stdout.write(f"{lines[-1]}\n")
        sys.stdout.flush()


def _stop(number: int, _frame: FrameType | None) -> None:
    raise Stopped(number)
