"""A delay of its own for every installation, the same each time: a fleet does not ask the registry at one stroke."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256


def jitter(key: str, span: timedelta) -> timedelta:
    """Between nothing and `span`, in whole seconds; decided by `key` alone.

    Not by the day: whoever looks at night two finds the run where it was at night one.
    """
    seconds = int(span.total_seconds())
    if seconds <= 0:
        return timedelta(0)
    return timedelta(seconds=int.from_bytes(sha256(key.encode()).digest()[:8], "big") % (seconds + 1))
