"""What a check gets to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from clawupgrade.errors import ClawupgradeError
from clawupgrade.model import Install, Request, Target
from clawupgrade.ports import Host


class Scene(Struct, frozen=True):
    """The machine, what was asked for, what was found, and what the registry says of the target."""

    host: Host
    request: Request
    install: Install
    target: Target


Check = Callable[[Scene], Iterator[ClawupgradeError]]
"""Yields what stands in the way, each a Refused or a Busy; yields nothing when all is well."""
