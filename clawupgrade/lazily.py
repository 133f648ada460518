"""Imports that wait until something is named: a start pays for what it uses, and for nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
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


def put_off(name: str) -> None:
    """Let a module that somebody else imports at his top, and hardly ever uses, run when something of it is named.

    (`importlib.util.LazyLoader` does not do: the import statement itself looks at the module, and that loads it.)
    """
    if name not in sys.modules and find_spec(name) is not None:
        module = sys.modules[name] = _PutOff(name)
        parent, _, last = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], last, module)


class _PutOff(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)
