"""A container engine with Compose beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from clawupgrade.composed import Composed, Facts, Surroundings, Wanted
    from clawupgrade.containers.inspected import Container
    from clawupgrade.ports.commands import Command, Completed


class Containers(Protocol):
    """A container engine with Compose beside it (host/containers): one-shot containers, a canary.

    Starting and stopping the service itself is its owner's, see `Services`; its images, see `Images`.
    """

    def gateways(self, wanted: Wanted) -> tuple[Composed, ...]:
        """Every gateway of OpenClaw that a Compose project runs, or has; what `facts` tells is left empty.

        Raises Refused: no engine, no daemon, no permission, no such file or service.
        """
        ...

    def look(self, found: Composed) -> Container | None:
        """The service's container as it is now; None for none."""
        ...

    def facts(self, found: Composed, image: str = "") -> Facts | None:
        """What OpenClaw an image holds; without one the container that runs, or would. None where it holds none."""
        ...

    def carry_out(self, found: Composed, target: str) -> None:
        """Copy the state out of the container's own layer, owners and all; the container has stopped."""
        ...

    def carry_in(self, found: Composed, source: str) -> None:
        """Make the container anew as the files say, without starting it, and copy a state into its layer."""
        ...

    def create(self, found: Composed) -> Container:
        """Make the service's container what the files say, without starting it. Raises StepFailed."""
        ...

    def surroundings(self, found: Composed) -> Surroundings:
        """What lies around its state, for a diagnosis."""
        ...

    def data_root(self, found: Composed) -> str:
        """Where the engine keeps images and layers, "" where it does not say."""
        ...

    def run(
        self,
        found: Composed,
        image: str,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        *,
        covers: Mapping[str, str] = {},
    ) -> Completed:
        """A command in a container of an image, in the place of the service's own, which has stopped.

        covers: (path inside → path here) of what is seen in the place of the service's own folders; with any,
        there is no network, and what is not covered is read-only.
        """
        ...

    def execute(self, found: Composed, command: Command) -> Completed:
        """A command in the service's running container."""
        ...

    def copy(self, source: str, target: str) -> None:
        """A copy of a folder that a gateway may be writing to; databases by SQLite's own means."""
        ...

    def boot(self, found: Composed, image: str, covers: Mapping[str, str], room: str) -> None:
        """Start the gateway of an image on covered folders, with nothing but loopback; `room`/canary leads to its port.

        Raises StepFailed.
        """
        ...

    def canary_status(self, found: Composed) -> int | None:
        """How that gateway ended; None while it runs."""
        ...

    def canary_words(self, found: Composed) -> tuple[str, ...]:
        """What it wrote last, scrubbed."""
        ...

    def end(self, found: Composed) -> None:
        """Nothing of ours runs any more: neither a canary nor a one-shot container. Idempotent."""
        ...
