"""A container engine with one Compose project in memory: images, the service's container, and what runs beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from clawupgrade.composed import Composed, Facts, Image, Mount, Surroundings, Wanted
from clawupgrade.containers.inspected import Container
from clawupgrade.errors import StepFailed
from clawupgrade.ports import Command, Completed
from clawupgrade.testing import daemon, openclaw
from clawupgrade.testing.faults import Hung
from clawupgrade.testing.layout import Layout
from clawupgrade.testing.releases import Release
from clawupgrade.testing.world import Daemon, World

NODE, ENTRY, ROOT = "/usr/local/bin/node", "/app/openclaw.mjs", "/app"
STATE = "/home/node/.openclaw"
FOLDER = "/srv/claw"
UNITS = "/etc/systemd/system"
FILE, PIN = f"{FOLDER}/compose.yaml", f"{FOLDER}/compose.override.yaml"
REPOSITORY = "claw/openclaw"


@dataclass(slots=True)
class Copied:
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
        there = self.image(found, image or self._world.container)
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
        self._change("make the container", lambda: create(self._world))
        seen = self.look(found)
        assert seen is not None
        return seen

    def surroundings(self, found: Composed) -> Surroundings:
        """Nothing strange."""
        return Surroundings(owner=self._world.layout.account.uid)

    def data_root(self, found: Composed) -> str:
        """Nobody says."""
        return ""

    def image(self, found: Composed, reference: str) -> Image | None:
        """By name, or by id as long as any name leads to it or the container is of it."""
        images = self._world.images
        there = images.get(reference)
        if there is None and (reference in images.values() or reference == self._world.container):
            there = reference
        return None if there is None else Image(there)

    def pull(self, found: Composed, reference: str, wall: float, on_line: Callable[[str], None]) -> None:
        """From the registry of releases, by the tag."""
        version = reference.rpartition(":")[2]
        if f"openclaw@{version}" not in self._world.registry:
            raise StepFailed(f"{reference} could not be pulled: manifest unknown")
        self._change(f"pull {reference}", lambda: self._name(reference, f"sha256:{version}"), wall)

    def build(self, found: Composed, name: str, wall: float, on_line: Callable[[str], None]) -> None:
        """What the newest release is."""
        newest = max(self._world.registry.values(), key=lambda each: each.version)
        self._change(f"build {name}", lambda: self._name(name, f"sha256:{newest.version}"), wall)

    def tag(self, found: Composed, reference: str, name: str) -> None:
        """Move a name."""
        there = self.image(found, reference)
        if there is None:
            raise StepFailed(f"{reference} cannot be named {name}: no such image")
        self._change(f"tag {name}", lambda: self._name(name, there.id))

    def untag(self, found: Composed, name: str) -> None:
        """Take a name away."""
        if name in self._world.images:
            self._change(f"untag {name}", lambda: self._world.images.pop(name, None))

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
        there = self.image(found, image)
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

        self._change("copy the volume", copy)

    def boot(self, found: Composed, image: str, covers: Mapping[str, str], room: str) -> None:
        """Serve on the copy."""
        there = self.image(found, image)
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

    def _name(self, name: str, image: str) -> None:
        self._world.images[name] = image

    def _change(self, name: str, whole: Callable[[], object], limit: float = 60.0) -> None:
        def done() -> bool:
            whole()
            return True

        try:
            self._world.effect(name, done, waits=True, fills=True)
        except Hung as hung:
            self._world.time += limit
            raise StepFailed(f"{name}: nothing happened within {limit:.0f} s") from hung
        except OSError as error:
            raise StepFailed(f"{name}: {error.strerror}") from error


def _on_copy(release: Release) -> Release:
    return release if release.on_copy is None else replace(release, serving=release.on_copy)


def project(world: World) -> Composed:
    """The project as a survey finds it."""
    return Composed(
        engine=("docker",),
        compose=("docker", "compose"),
        project="claw",
        folder=FOLDER,
        files=(FILE, *((PIN,) if world.disk.file(PIN) is not None else ())),
        service="gateway",
        container="c0ffee",
        image=f"{REPOSITORY}:{world.base}",
        image_id=world.container,
        command=("node", "openclaw.mjs", "gateway", "run"),
        node=NODE,
        entry=ENTRY,
        root=ROOT,
        home="/home/node",
        user="1000:1000",
        state=STATE,
        config=f"{STATE}/openclaw.json",
        port=Layout().port,
        mounts=(Mount(world.layout.state_dir, STATE),),
        pin=PIN,
        keep="clawupgrade/claw-gateway",
        restart=world.restart,
    )


def start(world: World) -> None:
    """As Compose does: the container is made of the image that the files name now, and started."""
    create(world)
    launch(world)


def create(world: World) -> None:
    """Where the files name another image, the container is made anew: never started, with the policy of the files."""
    named = _said(world, "image")
    there = world.images.get(named, named if named in world.images.values() else "")
    if not there:
        world.words = (*world.words, f"pull access denied for {named}")
        raise StepFailed(f"gateway does not start: pull access denied for {named}")
    if world.container != there:
        daemon.end(world)
        world.container, world.restart = there, _said(world, "restart") or "no"
        world.begun = world.rests = False


def stop(world: World) -> None:
    """Docker remembers that somebody wanted it."""
    daemon.end(world)
    world.rests = True


def give_policy(world: World, policy: str) -> None:
    """As `docker update --restart` does, to the container that there is."""
    world.restart = policy


def starts_at_boot(world: World) -> bool:
    """As dockerd sees it: `always` starts what was stopped as well; what was never started stays so.

    `on-failure` starts what the power cut ended, and what ended itself badly when it was stopped: none does here.
    """
    return world.begun and (world.restart == "always" or (world.restart != "no" and not world.rests))


def _said(world: World, key: str) -> str:
    """What the override file says, else the compose file."""
    for path in (PIN, FILE):
        for line in (world.disk.file(path) or b"").decode().splitlines():
            if line.strip().startswith(f"{key}:"):
                return line.split(":", 1)[1].strip().strip('"')
    return ""


def launch(world: World) -> None:
    """Start the gateway of the container's image; one that ends itself leaves its words and its status."""
    world.begun, world.rests = True, False
    if world.daemon is not None:
        return
    release = world.registry[f"openclaw@{world.container.removeprefix('sha256:')}"]
    try:
        config = daemon.admit(world, release)
    except daemon.NoStart as end:
        world.words, world.exit_status = (*world.words, end.words), end.status
        return
    world.next_pid += 1
    world.daemon = Daemon(
        world.next_pid, world.time, release, f"image:{release.version}", daemon.token_of(config), world.layout.port
    )
    world.exit_status = None
    world.disk.put_text(f"{world.layout.state_dir}/state/sidecar-{release.version}.json", "{}\n")


def contain(world: World, restart: str) -> None:
    """Turn a machine with an installation of its own into one whose gateway runs in a container."""
    release = daemon.release_at(world, world.layout.root)
    running = world.daemon is not None
    daemon.end(world)
    layout = world.layout
    for path in (layout.root, layout.unit_path, layout.wants_path, f"{layout.bin_dir}/{layout.name}"):
        world.disk.delete(path)
    world.loaded = ""
    world.base = release.version
    world.images[f"{REPOSITORY}:{release.version}"] = f"sha256:{release.version}"
    world.container = f"sha256:{release.version}"
    world.disk.make(FOLDER)
    world.disk.make(f"{UNITS}/multi-user.target.wants")
    text = f"services:\n  gateway:\n    image: {REPOSITORY}:{release.version}\n    restart: {restart}\n"
    world.disk.put_text(FILE, text)
    world.restart, world.begun, world.rests = restart, True, not running
    if running:
        launch(world)
        world.time += 3600.0
        world.beat()
