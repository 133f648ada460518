"""What a container of ours is given, so that it can stand in the place of the service's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from clawupgrade.composed import Composed, Mount
from clawupgrade.containers.inspected import Container
from clawupgrade.errors import StepFailed
from clawupgrade.host.containers.program import Program
from clawupgrade.host.durable import write_file


class Variables:
    """The service's own, by a file of ours: no value stands on a command line, nor steers the client."""

    def __init__(self, file: Path, program: Program) -> None:
        self._file = file
        self._program = program

    @contextmanager
    def given(self, found: Composed, seen: Container | None, more: Mapping[str, str] = {}) -> Iterator[tuple[str, ...]]:
        """The engine's option for them. What the old image itself sets is left out: the new one has its own.

        Raises StepFailed.
        """
        given = dict(each.partition("=")[::2] for each in self._own(found, seen)) | dict(more)
        for value in given.values():
            if "\n" in value:
                raise StepFailed("a variable of the service holds a line break, which an env file cannot carry")
        write_file(self._file, "".join(f"{name}={value}\n" for name, value in given.items()).encode())
        try:
            yield ("--env-file", str(self._file))
        finally:
            self._file.unlink(missing_ok=True)

    def _own(self, found: Composed, seen: Container | None) -> list[str]:
        if seen is None:
            return []
        said = self._program.inspected((*found.engine, "image", "inspect", seen.image_id), found.reach)
        of_image = set((said[0].get("Config") or {}).get("Env") or ()) if said else set()
        return [each for each in seen.variables if each not in of_image]


def mounts(found: Composed, covers: Mapping[str, str]) -> tuple[str, ...]:
    """The service's own folders; with covers: those in their place, and the rest read-only."""
    made: list[str] = []
    for mount in sorted(found.mounts, key=lambda each: len(each.inside)):
        if mount.inside in covers:
            made.append(f"type=bind,source={covers[mount.inside]},target={mount.inside}")
        else:
            made.append(_as_word(mount, writable=mount.writable and not covers))
    inside = {mount.inside for mount in found.mounts}
    made += [f"type=bind,source={there},target={here}" for here, there in covers.items() if here not in inside]
    return tuple(made)


def _as_word(mount: Mount, *, writable: bool) -> str:
    kind = f"type=volume,source={mount.volume}" if mount.volume else f"type=bind,source={mount.source}"
    return f"{kind},target={mount.inside}{'' if writable else ',readonly'}"


def shape(seen: Container | None) -> tuple[str, ...]:
    """What else decides what a command can do in the service's container."""
    if seen is None:
        return ()
    words = ["--workdir", seen.workdir] if seen.workdir else []
    words += ["--read-only"] if seen.read_only else []
    return (*words, *(word for path in seen.tmpfs for word in ("--tmpfs", path)))
