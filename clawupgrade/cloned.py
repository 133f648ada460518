"""The values of a rehearsal: where a clone of the installation lies, and what was found out on it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from clawupgrade.model import Account


class Way(StrEnum):
    """How a clone is made. The text is part of the plan."""

    NAMESPACE = "namespace"
    """A user, a mount and a network namespace: overlays at the installation's own paths."""
    BUBBLEWRAP = "bubblewrap"
    """A whole copy of the state, which bubblewrap shows at the installation's own paths: setuid, or allowed by a
    profile of its own where others may make no namespaces (Ubuntu's AppArmor)."""
    NONE = "none"


class Clone(Struct, frozen=True):
    """A second view of one installation, at its own paths, for whoever runs inside.

    room: the folder, 0700, below which all lies that is written. covers: folders that are seen as they are and
    changed without their owner noticing. tree: the staged package, which is seen at `live`.
    """

    room: str
    way: Way
    account: Account
    covers: tuple[str, ...]
    tree: str
    live: str

    @property
    def is_whole(self) -> bool:
        """Whether all that it covers was copied, and nothing shows through."""
        return self.way is Way.BUBBLEWRAP

    @property
    def socket(self) -> str:
        """Where a canary's port can be reached from outside of its network namespace."""
        return f"{self.room}/tmp/canary"


class Tried(Struct, frozen=True):
    """How a clone can be made on this machine; reason: why it cannot be done the first, or any, way."""

    way: Way
    reason: str = ""


class Frozen(Struct, frozen=True):
    """What a program changed in the clone since it was made, or since the last time it was looked at."""

    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


class Obstacle(Struct, frozen=True):
    """What has changed in the installation since it was cloned: a file, or a table of a database."""

    path: str
    table: str = ""

    @property
    def words(self) -> str:
        """For a report."""
        return f"table {self.table} of {self.path}" if self.table else self.path
