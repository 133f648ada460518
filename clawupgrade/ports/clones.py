"""A second view of an installation, to rehearse on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from clawupgrade.cloned import Clone, Frozen, Obstacle, Tried
    from clawupgrade.model import Account
    from clawupgrade.ports.commands import Command, Completed
    from clawupgrade.ports.host import Host


class Clones(Protocol):
    """A second view of an installation, to rehearse on (host/clones)."""

    def try_way(self, room: str, account: Account) -> Tried:
        """Whether one can be made in this folder, found out by doing it; nothing is left of that."""
        ...

    def make(self, clone: Clone) -> None:
        """Make it from what is there now; databases by SQLite's own means. What was in its room goes."""
        ...

    def run(
        self,
        clone: Clone,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        *,
        asking: bool = False,
    ) -> Completed:
        """Run a command in it; see `Commands.run`. There is a loopback of its own, and no other network.

        asking: whether it may ask the real service manager; what it tells it to do is noted, and not done. Without,
        no manager answers.
        """
        ...

    def view(self, clone: Clone, host: Host) -> Host:
        """The same machine, whose files and databases are the clone's; to be looked at only."""
        ...

    def write(self, clone: Clone, path: str, content: bytes) -> None:
        """Replace a file in the clone alone. Raises FileNotFoundError where the clone does not cover it."""
        ...

    def freeze(self, clone: Clone, name: str) -> Frozen:
        """Keep under this name what has changed since it was made, or was last frozen."""
        ...

    def obstacles(self, clone: Clone, but: frozenset[str]) -> tuple[Obstacle, ...]:
        """What of the installation is not as it was when the clone was made, and matters.

        but: paths that are changed on purpose, here as there.
        """
        ...

    def adopt(self, clone: Clone, names: tuple[str, ...], only: frozenset[str] | None = None) -> int:
        """Make the installation as the clone was when it was frozen under the last of these names.

        names: in the order in which they were frozen, from the first on; those left out between are not carried over.
        only: these paths and no others; all for None. How many paths that were.

        Idempotent, and durable when it returns. Raises FileNotFoundError where nothing was frozen.
        """
        ...

    def boot(self, clone: Clone, node: str, command: Command, port: int) -> None:
        """Start a gateway in it, with nothing but loopback; `clone.socket` leads to its port."""
        ...

    def canary_status(self) -> int | None:
        """How that gateway ended; None while it runs."""
        ...

    def canary_words(self, clone: Clone) -> tuple[str, ...]:
        """What it wrote last, scrubbed."""
        ...

    def end(self, clone: Clone) -> None:
        """Kill it. Idempotent."""
        ...

    def warm(self, clone: Clone, place: str) -> int:
        """Copy the compile cache that it filled below `place`; how many files that are."""
        ...

    def remove(self, clone: Clone) -> None:
        """Nothing is left of the clone. Idempotent."""
        ...
