"""Runs docker, podman and Compose, and puts into one line what they answer when they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from clawupgrade.errors import Refused
from clawupgrade.openclaw.output import last_words
from clawupgrade.ports import Command, Commands, Completed

_ENGINES = (("docker",), ("podman",))
_COMPOSES = {"docker": (("docker", "compose"), ("docker-compose",)), "podman": (("podman", "compose"),)}
_QUICK = 60.0


class Program:
    """The engine's own program and Compose, with the variables that lead them to their daemon."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def run(
        self,
        argv: tuple[str, ...],
        reach: tuple[tuple[str, str], ...],
        *,
        wall: float = _QUICK,
        idle: float | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Completed:
        """One command. Raises Refused where the program is missing."""
        return self._commands.run(Command(argv, env=reach, cwd="/", wall=wall, idle=idle), on_line)

    def inspected(self, argv: tuple[str, ...], reach: tuple[tuple[str, str], ...]) -> list[Mapping[str, Any]]:
        """What `inspect` says; empty where there is nothing of that name."""
        done = self.run(argv, reach)
        if not done.ok:
            return []
        found: list[Mapping[str, Any]] = json.loads(done.out)
        return found

    def find_engine(self, reach: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
        """The engine whose daemon answers; Podman where no Docker is meant.

        A Podman that somebody has installed beside a Docker whose daemon is down is not what the gateway runs under,
        unless Compose works with it.

        Raises:
            Refused: there is no such program, no daemon, or no permission; each in one line.
        """
        why: Refused | None = None
        for engine in _ENGINES:
            try:
                done = self.run((*engine, "version", "--format", "{{json .}}"), reach)
            except Refused:
                continue
            if done.ok and (why is None or self._compose_of(engine, reach)):
                return engine
            why = why or _unreachable(engine[0], done, dict(reach))
            if "DOCKER_HOST" in dict(reach):
                break  # whoever names a daemon means that one
        raise why or Refused("neither docker nor podman is on PATH", "install Docker, or run this where it is")

    def is_podman(self, engine: tuple[str, ...], reach: tuple[tuple[str, str], ...]) -> bool:
        """Whether Podman's service stands where docker's program looks for a daemon (seen of Podman 4.3)."""
        return "Podman Engine" in self.run((*engine, "version", "--format", "{{json .}}"), reach).out

    def find_compose(self, engine: tuple[str, ...], reach: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
        """Compose for this engine, v2 before v1. Raises Refused where there is none."""
        if words := self._compose_of(engine, reach):
            return words
        raise Refused(
            f"{engine[0]} is here, but neither “{engine[0]} compose” nor docker-compose",
            "install the Compose plugin (docker-compose-plugin, docker-compose-v2 or docker-compose)",
        )

    def _compose_of(self, engine: tuple[str, ...], reach: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
        for words in _COMPOSES[engine[0]]:
            try:
                done = self.run((*words, "version"), reach)
            except Refused:
                continue
            if done.ok:
                return words
        return ()


def _unreachable(engine: str, done: Completed, reach: Mapping[str, str]) -> Refused:
    said = last_words(done.err or done.out)
    place = reach.get("DOCKER_HOST", "/var/run/docker.sock")
    if "permission denied" in said.lower():
        return Refused(
            f"no permission to speak with the {engine} daemon at {place}",
            "run clawupgrade as root: a named volume is root's as well",
        )
    return Refused(
        f"no {engine} daemon answers at {place}", "start it (systemctl start docker), or set DOCKER_HOST to where it is"
    )
