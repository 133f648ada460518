"""How much of a host's disk is taken while something goes on."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .host import Host


@contextmanager
def disk_taken(host: Host) -> Iterator[list[float]]:
    """MB of the host's disk that are taken at most, above what was taken before: the one element of the list."""
    peak, stop = [0.0], threading.Event()
    before = _taken(host)

    def look() -> None:
        while not stop.wait(1):
            peak[0] = max(peak[0], (_taken(host) - before) / 2**20)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _taken(host: Host) -> int:
    seen = os.statvfs(host.home)
    return (seen.f_blocks - seen.f_bfree) * seen.f_frsize
