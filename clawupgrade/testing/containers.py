"""The containers port in memory: the service's container, and what runs beside it on the state or on copies of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.composed import Composed, Facts, Surroundings, Wanted
from clawupgrade.containers.inspected import Container
from clawupgrade.errors import StepFailed
from clawupgrade.ports import Command, Completed
from clawupgrade.testing import openclaw
from clawupgrade.testing.composed import ENTRY, NODE, ROOT, STATE, create, launch, project
from clawupgrade.testing.faults import Hung
from clawupgrade.testing.images import change, found_image
from clawupgrade.testing.releases import Release
from clawupgrade.testing.world import World


class Copied(Struct):
    """A copy of the state in which a canary serves."""

    world: World


class MemoryContainers:
    """The `Containers` port. An image's id is `sha256:` and its version."""

    def __init__(self, world: World) -> None:
        self._world = world

    def gateways(self, wanted: Wanted) -> tuple[Composed, ...]:
        """The one project, where the machine has it."""
        return (project(self._world),) if self._world.container else ()

    def look(self, found: Composed) -> Container | None:
        """The service's container."""
        world = self._world
        if not world.container:
            return None
        running = world.daemon
        return Container(
            id="c0ffee",
            name="claw-gateway-1",
            image=found.image,
            image_id=world.container,
            project=found.project,
            service=found.service,
            folder=found.folder,
            files=found.files,
            command=found.command,
            variables=(),
            mounts=found.mounts,
            ports={},
            network="host",
            running=running is not None,
            pid=running.pid if running is not None else 0,
            started="",
            exit_status=world.exit_status or 0,
            restarts=0,
            restart=world.restart,
            user="node",
            workdir=ROOT,
            created="",
        )

    def facts(self, found: Composed, image: str = "") -> Facts | None:
        """By the version of the image."""
        there = found_image(self._world, image or self._world.container)
        if there is None:
            return None
        version = there.id.removeprefix("sha256:")
        user, config = "1000:1000", f"{STATE}/openclaw.json"
        return Facts("openclaw", version, ROOT, ENTRY, NODE, "24.19.0", "/home/node", user, STATE, config)

    def carry_out(self, found: Composed, target: str) -> None:
        """The state lies on the disk of this machine: there is no layer."""
        self.copy(self._world.layout.state_dir, target)

    def carry_in(self, found: Composed, source: str) -> None:
        """The other way."""
        self.copy(source, self._world.layout.state_dir)

    def create(self, found: Composed) -> Container:
        """As Compose does with `up --no-start`."""
        change(self._world, "make the container", lambda: create(self._world))
        seen = self.look(found)
        assert seen is not None
        return seen

    def surroundings(self, found: Composed) -> Surroundings:
        """Nothing strange."""
        return Surroundings(owner=self._world.layout.account.uid)

    def data_root(self, found: Composed) -> str:
        """Nobody says."""
        return ""

    def run(
        self,
        found: Composed,
        image: str,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        *,
        covers: Mapping[str, str] = {},
    ) -> Completed:
        """OpenClaw of the image, on the state or on a copy of it."""
        there = found_image(self._world, image)
        if there is None or command.argv[:2] != (NODE, ENTRY):
            return Completed(125, "", f"Unable to find image '{image}' locally", 0.1)
        root = f"image:{there.id.removeprefix('sha256:')}"
        if not covers:
            return self._run(self._world, root, command)
        inside = self._forked(covers)
        done = self._run(inside, root, command)
        for path in list(self._world.disk.below(covers[STATE])):
            self._world.disk.entries.pop(path, None)
        state = self._world.layout.state_dir
        for path in list(inside.disk.below(state)):
            self._world.disk.put(covers[STATE] + path.removeprefix(state), inside.disk.entries[path])
        self._world.time += done.seconds
        return done

    def execute(self, found: Composed, command: Command) -> Completed:
        """OpenClaw of the image that serves."""
        running = self._world.daemon
        if running is None or command.argv[:2] != (NODE, ENTRY):
            return Completed(1, "", "the container does not run", 0.1)
        return self._run(self._world, running.root, command)

    def copy(self, source: str, target: str) -> None:
        """Entry by entry."""
        disk = self._world.disk

        def copy() -> None:
            disk.delete(target)
            disk.make(target)
            for path in list(disk.below(source)):
                disk.put(target + path.removeprefix(source), disk.entries[path])

        change(self._world, "copy the volume", copy)

    def boot(self, found: Composed, image: str, covers: Mapping[str, str], room: str) -> None:
        """Serve on the copy."""
        there = found_image(self._world, image)
        if there is None:
            raise StepFailed(f"the canary does not start: no such image {image}")
        inside = self._forked(covers)
        inside.container = there.id
        inside.registry = {spec: _on_copy(release) for spec, release in inside.registry.items()}
        launch(inside)
        self._world.clones[room] = Copied(inside)
        self._world.canary = room

    def canary_status(self, found: Composed) -> int | None:
        """How it ended."""
        inside = self._world.clones.get(self._world.canary)
        return inside.world.exit_status if isinstance(inside, Copied) else -1

    def canary_words(self, found: Composed) -> tuple[str, ...]:
        """What it said when it ended itself."""
        inside = self._world.clones.get(self._world.canary)
        return inside.world.words[-40:] if isinstance(inside, Copied) else ()

    def end(self, found: Composed) -> None:
        """It is gone."""
        self._world.clones.pop(self._world.canary, None)
        self._world.canary = ""

    def _forked(self, covers: Mapping[str, str]) -> World:
        """A world in which the copy lies where the state is, and nobody serves."""
        state = self._world.layout.state_dir
        inside = self._world.fork()
        inside.daemon, inside.watchers, inside.violations = None, (), []
        inside.disk.delete(state)
        for path in list(inside.disk.below(covers[STATE])):
            inside.disk.put(state + path.removeprefix(covers[STATE]), inside.disk.entries[path])
        return inside

    def _run(self, world: World, root: str, command: Command) -> Completed:
        try:
            said = openclaw.run(world, root, command.argv[2:])
        except Hung:
            world.time += command.wall
            return Completed(None, "", "", command.wall, "wall")
        world.time += said.seconds
        return Completed(said.rc, said.out, said.err, said.seconds)


def _on_copy(release: Release) -> Release:
    return release if release.on_copy is None else replace(release, serving=release.on_copy)
