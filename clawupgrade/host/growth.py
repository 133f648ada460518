"""Watches a folder grow while a child fills it: npm says nothing for minutes, the disk does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

_FIRST = 1.0
_SHARE = 20.0
"""Looking takes at most a twentieth of the time: the child has more use for the disk."""


class Growth:
    """Tells `on_size` the bytes below `folder` now and then; without either it does nothing."""

    def __init__(self, folder: str, on_size: Callable[[int], None] | None) -> None:
        self._folder = folder
        self._on_size = on_size if folder else None
        self._next = time.monotonic() + _FIRST

    def look(self, now: float) -> None:
        """Measure, if it is time to."""
        if self._on_size is None or now < self._next:
            return
        self._on_size(_bytes_below(self._folder))
        took = time.monotonic() - now
        self._next = now + took + max(_FIRST, _SHARE * took)


def _bytes_below(folder: str) -> int:
    """What files below take, as far as they are still there when looked at."""
    total, waiting = 0, [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue  # npm moves folders about while it works
    return total
