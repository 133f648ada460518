"""What `ps` would show: every command line that is seen in a host while one looks, many times a second."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from .host import Host

_EVERY = 0.01


@dataclass(slots=True)
class Listing:
    """Looks from `with` to its end, from outside, at the processes of one host. A line: arguments with blanks between.

    A process that lives for less than a look may be missed; `lines` says how much was seen.
    """

    host: Host
    lines: set[str] = field(default_factory=set)
    looks: int = 0
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=15)

    def naming(self, word: str) -> list[str]:
        """The lines in which a word stands."""
        return [line for line in self.lines if word in line]

    def _watch(self) -> None:
        namespace = Path(f"/proc/{self.host.init_pid}/ns/pid").readlink()
        strangers: set[int] = set()
        while not self._stop.wait(_EVERY):
            self.looks += 1
            present = {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()}
            strangers &= present
            for pid in present - strangers:
                try:
                    if Path(f"/proc/{pid}/ns/pid").readlink() != namespace:
                        strangers.add(pid)
                        continue
                    said = Path(f"/proc/{pid}/cmdline").read_bytes()
                except OSError:
                    continue
                self.lines.add(said.replace(b"\0", b" ").decode("utf-8", "replace").strip())
