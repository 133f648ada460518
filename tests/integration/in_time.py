"""Limits of time that a busy machine does not break and a wait that is too long cannot keep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that are never waited for: for deadlines of which a test says that something else ends the wait."""
AT_ONCE = 2.0
"""Seconds that nothing takes which is heard at once, goodbyes included."""
SLACK = 1.0
"""Seconds that a wait may take longer than was told."""


def within(seconds: float, try_once: Callable[[], T], *, least: float = 0.0, tries: int = 6) -> T:
    """What `try_once` brings, which must take at least `least` seconds always and no more than `seconds` once.

    A busy machine delays this try or that one; a wait that the code makes too long is too long in all of them.
    """
    took = []
    for _ in range(tries):
        began = time.monotonic()
        found = try_once()
        took.append(time.monotonic() - began)
        assert took[-1] >= least, f"not waited for as long as was told: {took[-1]:.2f} of {least} s"
        if took[-1] <= seconds:
            return found
    raise AssertionError(f"took more than {seconds} s in each of {tries} tries: {took}")
