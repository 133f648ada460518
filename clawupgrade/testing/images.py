"""The images port in memory. An image's id is `sha256:` and its version."""

from __future__ import annotations

from collections.abc import Callable

from clawupgrade.composed import Composed, Image
from clawupgrade.errors import StepFailed
from clawupgrade.testing.faults import Hung
from clawupgrade.testing.world import World


class MemoryImages:
    """The `Images` port."""

    def __init__(self, world: World) -> None:
        self._world = world

    def find(self, found: Composed, reference: str) -> Image | None:
        """By name, or by id as long as any name leads to it or the container is of it."""
        return found_image(self._world, reference)

    def pull(self, found: Composed, reference: str, wall: float, on_line: Callable[[str], None]) -> None:
        """From the registry of releases, by the tag."""
        version = reference.rpartition(":")[2]
        if f"openclaw@{version}" not in self._world.registry:
            raise StepFailed(f"{reference} could not be pulled: manifest unknown")
        change(self._world, f"pull {reference}", lambda: self._name(reference, f"sha256:{version}"), wall)

    def build(self, found: Composed, name: str, wall: float, on_line: Callable[[str], None]) -> None:
        """What the newest release is."""
        newest = max(self._world.registry.values(), key=lambda each: each.version)
        change(self._world, f"build {name}", lambda: self._name(name, f"sha256:{newest.version}"), wall)

    def tag(self, found: Composed, reference: str, name: str) -> None:
        """Move a name."""
        there = self.find(found, reference)
        if there is None:
            raise StepFailed(f"{reference} cannot be named {name}: no such image")
        change(self._world, f"tag {name}", lambda: self._name(name, there.id))

    def untag(self, found: Composed, name: str) -> None:
        """Take a name away."""
        if name in self._world.images:
            change(self._world, f"untag {name}", lambda: self._world.images.pop(name, None))

    def _name(self, name: str, image: str) -> None:
        self._world.images[name] = image


def found_image(world: World, reference: str) -> Image | None:
    """By name, or by id as long as any name leads to it or the container is of it."""
    there = world.images.get(reference)
    if there is None and (reference in world.images.values() or reference == world.container):
        there = reference
    return None if there is None else Image(there)


def change(world: World, name: str, whole: Callable[[], object], limit: float = 60.0) -> None:
    """One effect of the engine, which may hang, fill the disk, or come to nothing."""

    def done() -> bool:
        whole()
        return True

    try:
        world.effect(name, done, waits=True, fills=True)
    except Hung as hung:
        world.time += limit
        raise StepFailed(f"{name}: nothing happened within {limit:.0f} s") from hung
    except OSError as error:
        raise StepFailed(f"{name}: {error.strerror}") from error
