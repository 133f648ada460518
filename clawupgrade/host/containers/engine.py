"""The `Containers` port over the engine's own command line: it is what its makers keep (docs/explanation/docker.md)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from clawupgrade.composed import Composed, Facts, Surroundings, Wanted
from clawupgrade.containers import argv
from clawupgrade.containers.facts import ask_facts, read_facts
from clawupgrade.containers.inspected import Container, read_containers
from clawupgrade.containers.reach import reach_of
from clawupgrade.errors import StepFailed
from clawupgrade.host.containers.copying import copy_folder
from clawupgrade.host.containers.finding import containers_of, files_of, find_gateways
from clawupgrade.host.containers.given import Variables, mounts, shape
from clawupgrade.host.containers.program import Program
from clawupgrade.host.containers.relay import RELAY
from clawupgrade.host.scrub import Scrub
from clawupgrade.openclaw.output import last_words
from clawupgrade.ports import Command, Commands, Completed

_QUICK = 120.0
_SOCKET = "/run/clawupgrade"
_WORDS = 40


class LocalContainers:
    """`folder` is our own of the installation: for a moment it holds the variables that a container is given."""

    def __init__(self, folder: Path, commands: Commands, scrub: Scrub) -> None:
        self._program = Program(commands)
        self._variables = Variables(folder / "container.env", self._program)
        self._scrub = scrub

    def gateways(self, wanted: Wanted) -> tuple[Composed, ...]:
        """Every gateway of a Compose project. Raises Refused."""
        return find_gateways(self._program, wanted)

    def look(self, found: Composed) -> Container | None:
        """The service's container as it is now; None for none."""
        return next(iter(containers_of(self._program, found)), None)

    def facts(self, found: Composed, image: str = "") -> Facts | None:
        """Told by the Node inside; None where there is no OpenClaw."""
        seen = self.look(found)
        words = ask_facts(seen.command if seen is not None else found.command)
        if not image and seen is not None and seen.running:
            done = self._program.run(argv.execute(found, seen.id, words), found.reach, wall=_QUICK)
        else:
            self._remove(found, found.once)
            with self._variables.given(found, seen) as given:
                options = ("--rm", "--name", found.once, *given)
                line = argv.run(
                    found, image or found.image_id, words, variables=(), mounts=(), network="none", options=options
                )
                done = self._program.run(line, found.reach, wall=_QUICK)
        return read_facts(done.out) if done.ok else None

    def variable(self, place: str, name: str, caller: Mapping[str, str]) -> str | None:
        """The value that the container of `PROJECT/SERVICE` was given; None for none."""
        _, seen = self._placed(place, reach_of(caller))
        return seen.variable(name) if seen is not None else None

    def read(self, place: str, caller: Mapping[str, str]) -> str | None:
        """A text file of the running container of `PROJECT/SERVICE:PATH`; None for none."""
        service, _, path = place.partition(":")
        reach = reach_of(caller)
        engine, seen = self._placed(service, reach)
        if seen is None or not seen.running:
            return None
        done = self._program.run((*engine, "exec", seen.id, "cat", path), reach)
        return done.out if done.ok else None

    def _placed(self, place: str, reach: tuple[tuple[str, str], ...]) -> tuple[tuple[str, ...], Container | None]:
        project, _, service = place.partition("/")
        labels = (f"{argv.PROJECT}={project}", f"{argv.SERVICE}={service}")
        engine = self._program.find_engine(reach)
        ids = tuple(self._program.run(argv.containers_of(engine, *labels), reach).out.split())
        seen = read_containers(self._program.inspected((*engine, "inspect", *ids), reach)) if ids else ()
        return engine, next(iter(seen), None)

    def carry_out(self, found: Composed, target: str) -> None:
        """Copy the state out of the container's own layer."""
        shutil.rmtree(target, ignore_errors=True)
        os.makedirs(target, mode=0o700)
        # As a stream: with --archive, too, docker 28 gives to root whatever it writes here.
        packed = f"{target}/.clawupgrade.tar"
        done = self._program.run(argv.unpack(found, packed, target), found.reach, wall=3600.0)
        if not done.ok:
            raise StepFailed(f"the state cannot be copied: {last_words(done.err)}")
        os.unlink(packed)
        # The folder itself is made by us: it has to be its owner's, as the one inside is.
        user, _, group = found.user.partition(":")
        os.chown(target, int(user or 0), int(group or user or 0))

    def carry_in(self, found: Composed, source: str) -> None:
        """Make the container anew, and copy a state into its layer."""
        seen = self.create(found)
        # Without --archive: owners stay as they are, where docker 20.10 looks the container's user up on this machine.
        line = (*found.engine, "cp", f"{source}/.", f"{seen.id}:{found.state}")
        done = self._program.run(line, found.reach, wall=3600.0)
        if not done.ok:
            raise StepFailed(f"the state cannot be copied: {last_words(done.err)}")

    def create(self, found: Composed) -> Container:
        """Have Compose make it what the files say; it does not start. Raises StepFailed."""
        done = self._program.run(argv.create(found, files_of(found)), found.reach, wall=_QUICK)
        seen = self.look(found)
        if not done.ok or seen is None:
            raise StepFailed(f"{found.service} cannot be made anew: {last_words(done.err or done.out)}")
        return seen

    def surroundings(self, found: Composed) -> Surroundings:
        """What lies around its state."""
        volume = found.outside(found.state)
        every = tuple(self._program.run((*found.engine, "ps", "--quiet", "--no-trunc"), found.reach).out.split())
        seen = self._program.inspected((*found.engine, "inspect", *every), found.reach) if every else []
        others = [each for each in seen if each["Id"] != found.container]
        sharing = tuple(str(each["Name"]).lstrip("/") for each in others if _writes_to(each, volume))
        owner = os.stat(volume).st_uid if volume is not None and os.path.exists(volume) else None
        return Surroundings(self._config_of_image(found), sharing, owner)

    def _config_of_image(self, found: Composed) -> bytes | None:
        line = argv.run(
            found,
            found.image_id,
            ("cat", found.config),
            variables=(),
            mounts=(),
            network="none",
            options=("--rm", "--name", found.once),
        )
        self._remove(found, found.once)
        done = self._program.run(line, found.reach)
        return done.out.encode() if done.ok else None

    def data_root(self, found: Composed) -> str:
        """Where the engine keeps images and layers."""
        for field in ("{{.DockerRootDir}}", "{{.Store.GraphRoot}}"):
            done = self._program.run((*found.engine, "info", "--format", field), found.reach)
            if done.ok and done.out.strip().startswith("/"):
                return done.out.strip()
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
        """A command in a container in the place of the service's own."""
        seen = self.look(found)
        self._remove(found, found.once)
        network = "none" if covers or seen is None else seen.network
        with self._variables.given(found, seen, dict(command.env)) as given:
            line = argv.run(
                found,
                image,
                command.argv,
                variables=(),
                mounts=mounts(found, covers),
                network=network,
                options=("--rm", "--name", found.once, *shape(seen), *given),
            )
            try:
                return self._program.run(line, found.reach, wall=command.wall, idle=command.idle, on_line=on_line)
            finally:
                # A client that a limit or a signal ended leaves its container behind, at work.
                self._remove(found, found.once)

    def execute(self, found: Composed, command: Command) -> Completed:
        """A command in the service's running container."""
        seen = self.look(found)
        if seen is None or not seen.running:
            return Completed(1, "", "the container does not run", 0.0)
        line = argv.execute(found, seen.id, command.argv)
        return self._program.run(line, found.reach, wall=command.wall, idle=command.idle)

    def copy(self, source: str, target: str) -> None:
        """A copy of a folder that a gateway may be writing to."""
        copy_folder(source, target)

    def boot(self, found: Composed, image: str, covers: Mapping[str, str], room: str) -> None:
        """Start the gateway on covered folders, with nothing but loopback. Raises StepFailed."""
        seen = self.look(found)
        self._remove(found, found.canary)
        shutil.rmtree(room, ignore_errors=True)
        os.makedirs(room, mode=0o700)
        os.chmod(room, 0o777)  # what is above it is ours alone; the container's user makes a socket in it
        with self._variables.given(found, seen) as given:
            line = argv.run(
                found,
                image,
                found.command,
                variables=(),
                mounts=(*mounts(found, covers), f"type=bind,source={room},target={_SOCKET}"),
                network="none",
                options=("--detach", "--name", found.canary, *shape(seen), *given),
            )
            done = self._program.run(line, found.reach, wall=_QUICK)
        if not done.ok:
            raise StepFailed(f"the canary does not start: {last_words(done.err)}")
        relay = ("node", "-e", RELAY, _SOCKET, str(found.port))
        line = (*found.engine, "exec", "--detach", found.canary, *relay)
        self._program.run(line, found.reach)

    def canary_status(self, found: Composed) -> int | None:
        """How that gateway ended; None while it runs."""
        said = self._program.inspected((*found.engine, "inspect", found.canary), found.reach)
        state = said[0]["State"] if said else {"Running": False, "ExitCode": -1}
        return None if state.get("Running") else int(state.get("ExitCode") or 0)

    def canary_words(self, found: Composed) -> tuple[str, ...]:
        """What it wrote last, scrubbed."""
        done = self._program.run((*found.engine, "logs", "--tail", str(_WORDS), found.canary), found.reach)
        return tuple(self._scrub.line(line) for line in (done.out + done.err).splitlines() if line.strip())

    def end(self, found: Composed) -> None:
        """Nothing of ours runs any more. Idempotent."""
        self._remove(found, found.once)
        self._remove(found, found.canary)

    def _remove(self, found: Composed, name: str) -> None:
        self._program.run((*found.engine, "rm", "--force", "--volumes", name), found.reach, wall=_QUICK)


def _writes_to(seen: Mapping[str, Any], volume: str | None) -> bool:
    mounts = seen.get("Mounts") or ()
    return volume is not None and any(each.get("Source") == volume and each.get("RW", True) for each in mounts)
