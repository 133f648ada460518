"""Takes in what a child says: the last megabyte of it, and each line as it comes."""

from __future__ import annotations

import os
from collections.abc import Callable

KEPT = 1024 * 1024
_LONGEST_LINE = 16 * 1024
_CHUNK = 64 * 1024


class Output:
    """One stream of a child, read without blocking.

    Memory is bounded whatever the child writes: the last `KEPT` bytes stay, and a line that never
    ends is handed on in pieces.
    """

    def __init__(self, descriptor: int, on_line: Callable[[str], None] | None) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self._on_line = on_line
        self._kept = bytearray()
        self._line = bytearray()

    def take(self) -> int | None:
        """Read what is there: the number of bytes, 0 at the end, None when nothing is there."""
        try:
            chunk = os.read(self.descriptor, _CHUNK)
        except BlockingIOError:
            return None
        self._kept += chunk
        if len(self._kept) > 2 * KEPT:
            del self._kept[:-KEPT]
        if self._on_line is not None:
            self._hand_on(chunk)
        return len(chunk)

    def drain(self) -> None:
        """Take what is there now, but no more: a stranger who holds the pipe may write for ever."""
        for _ in range(2 * KEPT // _CHUNK):
            if not self.take():
                return

    def finish(self) -> str:
        """Hand on a last line without an end, and come back with the text that was kept."""
        if self._line:
            self._say(bytes(self._line))
            self._line.clear()
        return bytes(self._kept[-KEPT:]).decode(errors="replace")

    def _hand_on(self, chunk: bytes) -> None:
        *whole, rest = (bytes(self._line) + chunk).split(b"\n")
        for line in whole:
            self._say(line)
        while len(rest) > _LONGEST_LINE:
            self._say(rest[:_LONGEST_LINE])
            rest = rest[_LONGEST_LINE:]
        self._line = bytearray(rest)

    def _say(self, line: bytes) -> None:
        if self._on_line is not None:
            self._on_line(line.decode(errors="replace").rstrip("\r"))
