"""Packages whose parts are imported when they are first named: a start pays for what it uses, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def exporter(package: str, homes: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """The `__getattr__` of a package whose names live in these modules (PEP 562).

    What type checkers and readers see stands beside it, under `if TYPE_CHECKING`; a test compares the two.
    """

    def named(name: str) -> Any:
        for home, names in homes.items():
            if name in names:
                return getattr(import_module(home), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return named
