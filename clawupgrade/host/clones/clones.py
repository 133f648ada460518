"""The `Clones` port: each verb is one module's work; this one only holds them together."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import cast

from msgspec.structs import replace

from clawupgrade.cloned import Clone, Frozen, Obstacle, Tried
from clawupgrade.host.clones.adoption import adopt, obstacles
from clawupgrade.host.clones.canary import Canary, words_of
from clawupgrade.host.clones.freezing import freeze, mark
from clawupgrade.host.clones.room import clear_room, make_room, upper_of
from clawupgrade.host.clones.seeding import seed
from clawupgrade.host.clones.trying import try_way
from clawupgrade.host.clones.view import ClonedDatabases, ClonedFiles
from clawupgrade.host.clones.ways import inside
from clawupgrade.host.commands import LocalCommands
from clawupgrade.host.scrub import Scrub
from clawupgrade.model import Account
from clawupgrade.ports import Command, Completed, Files, Host

_CACHE = "node-compile-cache/openclaw"
_WORDS = 40


class LocalClones:
    """Clones by namespaces."""

    def __init__(self, commands: LocalCommands, scrub: Scrub) -> None:
        self._commands = commands
        self._canary = Canary(commands)
        self._scrub = scrub
        self._marks: dict[str, dict[str, tuple[int, ...]]] = {}

    def try_way(self, room: str, account: Account) -> Tried:
        """Make a small one."""
        return try_way(room, account, self._commands.run)

    def make(self, clone: Clone) -> None:
        """Empty the room, then fill it."""
        make_room(clone)
        seed(clone)
        self._marks[clone.room] = mark(clone)

    def run(
        self,
        clone: Clone,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        *,
        asking: bool = False,
    ) -> Completed:
        """Run a command in it."""
        argv = inside(clone, command.argv, asking=asking)
        return self._commands.run(replace(command, argv=argv, account=clone.account), on_line)

    def view(self, clone: Clone, host: Host) -> Host:
        """The same machine, whose files and databases are the clone's."""
        files = ClonedFiles(clone, host.files)
        return replace(host, files=cast("Files", files), databases=ClonedDatabases(files, host.databases))

    def freeze(self, clone: Clone, name: str) -> Frozen:
        """Keep what has changed since the clone was made, or was last frozen."""
        frozen = freeze(clone, name, self._marks[clone.room])
        self._marks[clone.room] = mark(clone)
        return frozen

    def obstacles(self, clone: Clone, but: frozenset[str]) -> tuple[Obstacle, ...]:
        """What has changed of the installation since."""
        return obstacles(clone, but)

    def adopt(self, clone: Clone, names: tuple[str, ...], only: frozenset[str] | None = None) -> int:
        """Carry over what was frozen, or of that these paths."""
        return adopt(clone, names, only)

    def boot(self, clone: Clone, node: str, command: Command, port: int) -> None:
        """Start a canary."""
        self._canary.boot(clone, node, command, port)

    def canary_status(self) -> int | None:
        """How the canary ended; None while it runs."""
        return self._canary.exit_status

    def canary_words(self, clone: Clone) -> tuple[str, ...]:
        """What it wrote last."""
        return tuple(self._scrub.line(line) for line in words_of(clone, _WORDS))

    def end(self, clone: Clone) -> None:
        """End the canary."""
        self._canary.end()

    def warm(self, clone: Clone, place: str) -> int:
        """Give the compile cache that the canary filled to the gateway that will be; how many files that are."""
        filled, wanted = Path(clone.room, "tmp", _CACHE), Path(place, _CACHE)
        count = 0
        for source in (path for path in filled.rglob("*") if path.is_file()):
            target = wanted / source.relative_to(filled)
            if not target.exists():
                _make_parents(clone, target.parent)
                shutil.copy2(source, target)
                _own(clone, target)
                count += 1
        return count

    def remove(self, clone: Clone) -> None:
        """Nothing is left of it."""
        self._canary.end()
        clear_room(clone)
        self._marks.pop(clone.room, None)

    def write(self, clone: Clone, path: str, content: bytes) -> None:
        """Replace a file in the clone alone."""
        own = upper_of(clone, path)
        if own is None:
            raise FileNotFoundError(2, "the clone does not cover it", path)
        ClonedFiles.replace(own, path, content)


def _make_parents(clone: Clone, folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir()
        _own(clone, each)


def _own(clone: Clone, path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, clone.account.uid, clone.account.gid)
