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


class Ears:
    """Hears the signals that would end a command, from its first moment on; a run's own fence takes over later.

    While modules are imported a signal is only remembered: an exception that a handler raises there comes out
    as somebody else's (GitPython's ImportError, a RuntimeError of __set_name__). A signal that was ignored when
    we came (nohup) stays ignored.
    """

    def __init__(self) -> None:
        self.heard: int | None = None
        self._is_listening = False
        for each in _TAKEN:
            if signal.getsignal(each) != signal.SIG_IGN:
                signal.signal(each, self._take)

    def listen(self) -> None:
        """From here on a signal stops the command at once. Raises Stopped where one has come already."""
        self._is_listening = True
        if self.heard is not None:
            raise Stopped(self.heard)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if self.heard is not None:
            return  # the command is at its end already: one more must not cut its last word off
        self.heard = number
        if self._is_listening:
            raise Stopped(number)


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
