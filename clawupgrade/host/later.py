"""Adapters that are made when they are first asked: what their libraries cost is paid by whoever needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")


def later(make: Callable[[], T]) -> T:
    """What `make` makes, from its first use on."""
    return cast(T, _Later(make))


def at_once(make: Callable[[], T]) -> T:
    """What `make` makes, now."""
    return make()


class _Later:
    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            self._made = self._make()
        return getattr(self._made, name)
