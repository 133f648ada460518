"""Standard output as a command needs it: there, and never the reason why something else fails."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from clawupgrade.errors import ClawupgradeError, Exit

if TYPE_CHECKING:
    from typing_extensions import Buffer


class _Unsaid(ClawupgradeError):
    exit_code = Exit.UNSAID


class Outlet(io.FileIO):
    """Standard output that remembers that it takes no more, instead of failing whoever prints.

    A run must come to its end, with the code that it earned, on a full disk and with a reader who went away.
    """

    lost: OSError | None = None

    def write(self, data: Buffer, /) -> int:
        """Bytes taken; after the first failure all of them, to nowhere."""
        while self.lost is None:
            try:
                written = super().write(data)
            except OSError as error:
                self.lost = error
            else:
                if written is not None:
                    return written
                self._wait()
        return len(memoryview(data).cast("B"))

    def _wait(self) -> None:
        # Whoever shares the terminal with us (Node does) may have made it non-blocking.
        from select import select

        select([], [self.fileno()], [])


def open_outlet() -> Outlet:
    """Put it in the place of `sys.stdout`; streams that the caller closed (`>&-`) lead nowhere from here on.

    Else the next file that we open would get their numbers.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115
    outlet, was = Outlet(1, "w", closefd=False), sys.stdout
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(outlet), was.encoding, was.errors, line_buffering=outlet.isatty())
    return outlet


def told(outlet: Outlet, code: int) -> int:
    """The exit code of a command that came to `code`, once all that it said is out.

    A reader who leaves early (`| head`) has the right to. Anything else that keeps it from being said is told on
    stderr, and is 74 where it would be 0; a code that says more stays.
    """
    sys.stdout.flush()
    if outlet.lost is None or isinstance(outlet.lost, BrokenPipeError):
        return code
    from clawupgrade.render.results import show_error

    unsaid = _Unsaid(
        f"what this command has to say cannot be written to standard output: {outlet.lost.strerror}",
        "what a run did stays done and is kept; with room again: clawupgrade history",
    )
    said = show_error(unsaid, as_json=False)
    return code or said
