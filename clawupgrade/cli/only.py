"""Makes the options of one command and of no other: all of them take longer than most of what is typed."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[Any]
else:
    _Commands = argparse._SubParsersAction


def only(wanted: str) -> type[argparse.Action]:
    """The action that `add_subparsers` shall use, where the command that was typed is known."""

    class One(_Commands):
        def add_parser(self, name: str, **told: Any) -> Any:
            return super().add_parser(name, **told) if name == wanted else _Unmade()

    return One


class _Unmade:
    """Stands for a command that was not typed, and for all below it: takes every option, and makes nothing of it."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: self
