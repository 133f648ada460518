"""What a change that was cut off leaves beside its path: going back leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clawupgrade.ports import LEFTOVERS, Host


def found(host: Host, *paths: str) -> bool:
    """Whether anything lies beside these paths under one of our suffixes."""
    return any(True for _ in _found(host, paths))


def remove(host: Host, *paths: str) -> None:
    """Remove what lies beside these paths under one of our suffixes; idempotent.

    A removal that was itself cut off has left the same beside what it was removing.
    """
    for left in _found(host, paths):
        host.files.remove(left)


def _found(host: Host, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        for left in (path + suffix for suffix in LEFTOVERS):
            if any(host.files.exists(left + suffix) for suffix in ("", *LEFTOVERS)):
                yield left
