"""The operator's hooks: the folders, which of their files are hooks, and in which order. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum


class Phase(StrEnum):
    """A folder of hooks; the value is its path below the hooks folder."""

    PREFLIGHT = "preflight.d"
    PRE_STOP = "pre-stop.d"
    POST_SWITCH = "post-switch.d"
    REQUIRED = "verify.d/required"
    WANTED = "verify.d/wanted"
    UPGRADED = "upgraded.d"
    ROLLED_BACK = "rolled-back.d"


NOT_NOW = 75
"""EX_TEMPFAIL. Before the gateway stops: leave the upgrade for another time. In `verify.d`: ask again shortly."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PUT_ASIDE = (".sample", ".disabled", ".bak", ".orig", ".md", ".txt", ".swp", ".rpmsave", ".rpmnew", ".rpmorig")
_DPKG = re.compile(r".*\.(dpkg|ucf)-[a-z]+")


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """The names that are hooks, in the order in which they run: bytewise, so that 10 comes before 9.

    >>> in_order(["9-last", "10-first", "20-x.sample", ".git", "a~"])
    ('10-first', '9-last')
    """
    return tuple(sorted(name for name in names if _is_hook(name)))


def _is_hook(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and not name.endswith(_PUT_ASIDE) and not _DPKG.fullmatch(name)
