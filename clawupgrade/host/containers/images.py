"""The `Images` port over the engine's own command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clawupgrade.composed import Composed, Image
from clawupgrade.containers import argv
from clawupgrade.errors import StepFailed
from clawupgrade.host.containers.program import Program
from clawupgrade.host.durable import write_file
from clawupgrade.openclaw.output import is_network_trouble, last_words
from clawupgrade.ports import Commands

_QUICK = 120.0


class LocalImages:
    """`folder` is our own of the installation: for a moment it holds the name that an image is built under."""

    def __init__(self, folder: Path, commands: Commands) -> None:
        self._folder = folder
        self._program = Program(commands)

    def find(self, found: Composed, reference: str) -> Image | None:
        """An image that the engine has."""
        said = self._program.inspected((*found.engine, "image", "inspect", reference), found.reach)
        if not said:
            return None
        one = said[0]
        name = str(one["Id"])
        return Image(
            name if ":" in name else f"sha256:{name}",
            tuple(one.get("RepoDigests") or ()),
            tuple(one.get("RepoTags") or ()),
            str(one.get("Created", "")),
            int(one.get("Size") or 0),
        )

    def pull(self, found: Composed, reference: str, wall: float, on_line: Callable[[str], None]) -> None:
        """Fetch an image. Raises StepFailed."""
        done = self._program.run((*found.engine, "pull", reference), found.reach, wall=wall, on_line=on_line)
        if not done.ok:
            said = f"not within {wall:.0f} s" if done.ended_by == "wall" else last_words(done.err or done.out)
            raise StepFailed(
                f"{reference} could not be pulled: {said}",
                "nothing was touched",
                transient=is_network_trouble(done.err + done.out),
            )

    def build(self, found: Composed, name: str, wall: float, on_line: Callable[[str], None]) -> None:
        """Build the service's image under this name alone. Raises StepFailed."""
        room = self._folder / "build.yaml"
        write_file(room, f'services:\n  "{found.service}":\n    image: "{name}"\n'.encode())
        try:
            line = argv.compose(found, (*found.files, str(room)), "build", found.service)
            done = self._program.run(line, found.reach, wall=wall, on_line=on_line)
        finally:
            room.unlink(missing_ok=True)
        if not done.ok:
            said = f"not within {wall:.0f} s" if done.ended_by == "wall" else last_words(done.err or done.out)
            raise StepFailed(f"the image of {found.service} could not be built: {said}", "nothing was touched")

    def tag(self, found: Composed, reference: str, name: str) -> None:
        """Give an image a name. Raises StepFailed."""
        done = self._program.run((*found.engine, "tag", reference, name), found.reach)
        if not done.ok:
            raise StepFailed(f"{reference} cannot be named {name}: {last_words(done.err)}")

    def untag(self, found: Composed, name: str) -> None:
        """Take a name away; idempotent."""
        if self.find(found, name) is not None:
            self._program.run((*found.engine, "rmi", "--no-prune", name), found.reach, wall=_QUICK)
