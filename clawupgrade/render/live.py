"""What a run says while it goes, on stderr: live on a terminal, else line by line; stdout stays one document."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from msgspec import Struct, field

from clawupgrade.ports import Event
from clawupgrade.render.course import GATEWAY_WORDS, Course
from clawupgrade.render.words import amount, words_for

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.live import Live

_LOUD = ("step.failed", "undo.failed")


class View(Protocol):
    """Shows events to a person."""

    def __call__(self, event: Event) -> None:
        """Show one event."""
        ...

    def aside(self) -> AbstractContextManager[None]:
        """Within this the terminal belongs to somebody else: a question, a page."""
        ...

    def close(self) -> None:
        """Give the terminal back for good. Idempotent."""
        ...


def view_for(
    out: TextIO,
    environ: Mapping[str, str],
    *,
    verbose: bool,
    quiet: bool,
    looks: bool = False,
    stopping: Callable[[], bool] = lambda: False,
) -> View:
    """The view that fits: live only where a person sits at a terminal that can move its cursor.

    looks: show what is looked at before a run begins, too.
    """
    is_dumb = environ.get("TERM", "dumb") in ("", "dumb", "unknown") or "CI" in environ
    if verbose or quiet or is_dumb or not out.isatty():
        return PlainView(out, verbose=verbose, quiet=quiet)
    return LiveView(out, looks=looks, stopping=stopping)


class LiveView:
    """The screen of `render.screen`, drawn by a thread of its own, so that it moves while a child is silent."""

    def __init__(self, out: TextIO, *, looks: bool, stopping: Callable[[], bool]) -> None:
        self._out = out
        self._looks = looks
        self._stopping = stopping
        self._course = Course()
        self._plain = PlainView(out)
        self._live: Live | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if self._is_closed:
            self._plain(event)
            return
        with self._lock:
            self._course.feed(event, time.monotonic())
        if event.kind == "result":
            self.close()
        elif event.kind == "run.ended":
            self._stop()
        elif self._live is None and (event.kind == "run.began" or (self._looks and event.kind == "command")):
            self._start()
        elif self._live is None and event.kind not in ("command", "line"):
            self._plain(event)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Within this the terminal belongs to somebody else; the view comes back with the next step."""
        was_live = self._stop()
        self._looks = False
        try:
            yield
        finally:
            if was_live and self._course.is_begun:
                self._start()

    def close(self) -> None:
        """Take the view away; what is said from here on is plain lines."""
        self._stop()
        self._is_closed = True

    def _start(self) -> None:
        from rich.console import Console
        from rich.live import Live

        from clawupgrade.render.screen import Screen

        console = Console(file=self._out, highlight=False, markup=False)
        screen = Screen(self._course, time.monotonic, self._stopping)
        self._live = Live(
            screen,
            console=console,
            refresh_per_second=6,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        self._live.start(refresh=True)

    def _stop(self) -> bool:
        live, self._live = self._live, None
        if live is not None:
            live.stop()
        return live is not None


class PlainView(Struct):
    """Lines for a pipe, a log, or a terminal without a cursor. A gateway's state is told once, when it changes."""

    out: TextIO = field(default_factory=lambda: sys.stderr)
    verbose: bool = False
    quiet: bool = False
    _gateway: str = ""
    _quarter: int = 0

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if self.quiet and event.kind not in _LOUD:
            return
        if text := self._line(event):
            print(text, file=self.out, flush=True)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Nothing moves here."""
        yield

    def close(self) -> None:
        """Nothing is held here."""

    def _line(self, event: Event) -> str:
        match event.kind:
            case "step.began":
                self._gateway, self._quarter = "", 0
                words = words_for(event.step)
                return f"• {event.step}" + (f": {words}" if words else "")
            case "step.done":
                return f"✓ {event.step} ({event.data.get('seconds', 0):.1f} s)"
            case "step.failed":
                return f"✗ {event.step}: {event.text}"
            case "undo.began":
                return f"↩ going back over {event.step}"
            case "undo.done":
                return f"↩ {event.step} undone ({event.data.get('seconds', 0):.1f} s)"
            case "undo.failed":
                return f"✗✗ could not undo {event.step}: {event.text}"
            case "run.began":
                return f"OpenClaw {event.data['from']} → {event.data['to']}, run {event.data['run']}"
            case "command":
                return f"  $ {event.text}" if self.verbose else ""
            case "line":
                return f"    {event.text}" if self.verbose else ""
            case "progress":
                return self._progress(event)
            case "gateway":
                return self._see(event.text, event.data)
            case "result" | "run.ended":
                return ""
            case _:
                return f"  {event.text}"

    def _progress(self, event: Event) -> str:
        """A quarter is news; a log must not fill with every per cent."""
        quarter = 4 * event.done // event.total if event.total else 0
        if quarter <= self._quarter or quarter > 3:
            return ""
        self._quarter = quarter
        return f"  {amount(event.done)} of {amount(event.total)}"

    def _see(self, state: str, data: Mapping[str, Any]) -> str:
        if state == self._gateway:
            return ""
        self._gateway = state
        words = GATEWAY_WORDS.get(state, state)
        if state in ("silent", "starting") and "patience" in data:
            words += f"; all goes back after {data['patience'] / 60:.0f} min without a sign of life"
        return f"  {words}"
