"""The images that a container engine has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from clawupgrade.composed import Composed, Image


class Images(Protocol):
    """The images that the engine of a Compose project has (host/containers)."""

    def find(self, found: Composed, reference: str) -> Image | None:
        """An image that the engine has."""
        ...

    def pull(self, found: Composed, reference: str, wall: float, on_line: Callable[[str], None]) -> None:
        """Fetch an image. Raises StepFailed, transient where the network is to blame."""
        ...

    def build(self, found: Composed, name: str, wall: float, on_line: Callable[[str], None]) -> None:
        """Build the service's image as its project does, under this name alone. Raises StepFailed."""
        ...

    def tag(self, found: Composed, reference: str, name: str) -> None:
        """Give an image a name, which another one may lose by that. Raises StepFailed."""
        ...

    def untag(self, found: Composed, name: str) -> None:
        """Take a name away; idempotent. An image that has no other name goes."""
        ...
