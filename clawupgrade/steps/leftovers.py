"""What a change that was cut off leaves beside its path: going back leaves nothing behind."""

from __future__ import annotations

from clawupgrade.ports import LEFTOVERS, Host


def remove(host: Host, *paths: str) -> None:
    """Remove what lies beside these paths under one of our suffixes; idempotent.

    A removal that was itself cut off has left the same beside what it was removing.
    """
    for path in paths:
        for left in (path + suffix for suffix in LEFTOVERS):
            if any(host.files.exists(left + suffix) for suffix in ("", *LEFTOVERS)):
                host.files.remove(left)
