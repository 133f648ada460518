"""What a change that was cut off leaves beside its path: going back leaves nothing behind."""

from __future__ import annotations

from clawupgrade.ports import LEFTOVERS, Host


def remove(host: Host, *paths: str) -> None:
    """Remove what lies beside these paths under one of our suffixes; idempotent."""
    for path in paths:
        for suffix in LEFTOVERS:
            if host.files.exists(path + suffix):
                host.files.remove(path + suffix)
