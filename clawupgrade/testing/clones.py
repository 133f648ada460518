"""The clones port in memory: a fork of the world, in which the target is let loose."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from clawupgrade.cloned import Clone, Frozen, Obstacle, Tried, Way
from clawupgrade.gateway.address import Address
from clawupgrade.model import Account, CredentialRef
from clawupgrade.openclaw.passing import is_passing_file
from clawupgrade.ports import Command, Completed, Host
from clawupgrade.testing import daemon
from clawupgrade.testing.commands import MemoryCommands
from clawupgrade.testing.databases import MemoryDatabases
from clawupgrade.testing.disk import Entry, durable
from clawupgrade.testing.files import MemoryFiles
from clawupgrade.testing.world import World


class Cloned(Struct):
    """A clone: its world, what the covered folders held when it was made, and what has been frozen."""

    world: World
    base: Mapping[str, Entry]
    marks: Mapping[str, Entry]
    frozen: dict[str, Mapping[str, Entry | None]] = field(default_factory=dict)


class MemoryClones:
    """The `Clones` port."""

    def __init__(self, world: World, address: Address, credential: CredentialRef) -> None:
        self._world = world
        self._address = address
        self._credential = credential

    def try_way(self, room: str, account: Account) -> Tried:
        """As the machine is said to be."""
        if self._world.can_clone:
            return Tried(Way.NAMESPACE)
        if self._world.has_bubblewrap:
            return Tried(Way.BUBBLEWRAP, "unshare: not permitted")
        return Tried(Way.NONE, "not permitted")

    def make(self, clone: Clone) -> None:
        """Fork the world; nobody serves there, and the staged package lies at its own path."""
        world = self._world

        def make() -> None:
            fork = world.fork()
            fork.daemon, fork.watchers = None, ()
            fork.disk.delete(clone.live)
            for path in fork.disk.below(clone.tree):
                fork.disk.put(clone.live + path[len(clone.tree) :], fork.disk.entries[path])
            base = _covered(clone, fork)
            world.clones[clone.room] = Cloned(fork, base, base)
            world.disk.make(clone.room)

        world.effect("make a clone", make, lambda: world.disk.make(clone.room), fills=True)

    def run(
        self,
        clone: Clone,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        *,
        asking: bool = False,
    ) -> Completed:
        """Run it in the fork; the world outside only grows older.

        A gateway that it has started is not there: its service manager obeys nobody.
        """
        inside = self._cloned(clone).world
        if "install" in command.argv and not asking:
            return Completed(1, "", "Failed to connect to bus: this is a clone", 1.0)
        commands = MemoryCommands(inside, self._address, self._credential)
        done = commands.run(command, on_line)
        daemon.end(inside)
        self._world.time += done.seconds
        return done

    def view(self, clone: Clone, host: Host) -> Host:
        """Its files and databases."""
        inside = self._cloned(clone).world
        return replace(host, files=MemoryFiles(inside), databases=MemoryDatabases(inside))

    def write(self, clone: Clone, path: str, content: bytes) -> None:
        """Replace a file of the fork."""
        MemoryFiles(self._cloned(clone).world).write(path, content, like=path)

    def freeze(self, clone: Clone, name: str) -> Frozen:
        """What is another entry than the last time."""
        cloned = self._cloned(clone)
        now = _covered(clone, cloned.world)
        changed = {path: now.get(path) for path in {*now, *cloned.marks} if now.get(path) != cloned.marks.get(path)}
        changed = {path: entry for path, entry in changed.items() if "/logs/" not in path}
        cloned.frozen[name] = changed
        cloned.marks = now
        gone = tuple(path for path, entry in changed.items() if entry is None)
        return Frozen(tuple(path for path in changed if path not in gone), gone)

    def obstacles(self, clone: Clone, but: frozenset[str]) -> tuple[Obstacle, ...]:
        """What is another entry than when the clone was made."""
        base, now = self._cloned(clone).base, _covered(clone, self._world)
        state = self._world.layout.state_dir
        return tuple(
            Obstacle(path)
            for path in sorted({*base, *now} - but)
            if base.get(path) != now.get(path) and not is_passing_file(path.removeprefix(f"{state}/"))
        )

    def adopt(self, clone: Clone, names: tuple[str, ...], only: frozenset[str] | None = None) -> int:
        """Path by path, an effect each."""
        cloned = self._cloned(clone)
        frozen = {path: entry for name in names for path, entry in cloned.frozen[name].items()}
        changed = {path: entry for path, entry in frozen.items() if only is None or path in only}
        for path, entry in sorted(changed.items()):
            self._carry_over(path, entry)
        return len(changed)

    def boot(self, clone: Clone, node: str, command: Command, port: int) -> None:
        """Serve in the fork."""
        inside = self._cloned(clone).world
        inside.loaded = "[Service]\nExecStart=" + " ".join(command.argv) + "\n"
        inside.time = self._world.time
        daemon.launch(inside)
        self._world.canary = clone.room

    def canary_status(self) -> int | None:
        """How it ended."""
        cloned = self._world.clones.get(self._world.canary)
        return cloned.world.exit_status if isinstance(cloned, Cloned) else None

    def canary_words(self, clone: Clone) -> tuple[str, ...]:
        """What it said when it ended itself."""
        return self._cloned(clone).world.words[-40:]

    def end(self, clone: Clone) -> None:
        """It is gone."""
        daemon.end(self._cloned(clone).world)
        self._world.canary = ""

    def warm(self, clone: Clone, place: str) -> int:
        """There is no cache."""
        return 0

    def remove(self, clone: Clone) -> None:
        """The fork is forgotten."""

        def remove() -> None:
            self._world.clones.pop(clone.room, None)
            self._world.disk.delete(clone.room)

        self._world.effect("remove the clone", remove)

    def _carry_over(self, path: str, entry: Entry | None) -> None:
        disk = self._world.disk

        def carry() -> None:
            if entry is None:
                disk.delete(path)
            else:
                disk.put(path, durable(entry))

        self._world.effect(f"adopt {path}", carry, touches=path, fills=entry is not None)

    def _cloned(self, clone: Clone) -> Cloned:
        found = self._world.clones.get(clone.room)
        if not isinstance(found, Cloned):
            raise FileNotFoundError(2, "there is no clone", clone.room)
        return found


def _covered(clone: Clone, world: World) -> dict[str, Entry]:
    return {path: world.disk.entries[path] for cover in clone.covers for path in world.disk.below(cover)}
