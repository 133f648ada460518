"""The state of the machine in memory, what it objects to, and the one door for every change of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from clawupgrade.testing.disk import Disk, Entry, File
from clawupgrade.testing.faults import Faults, Way
from clawupgrade.testing.layout import Layout
from clawupgrade.testing.releases import Release

T = TypeVar("T")


class Daemon(Struct, frozen=True):
    """The gateway process that runs now, with the code and the token that it started with."""

    pid: int
    started: float
    release: Release
    root: str
    token: str
    port: int
    environment: tuple[tuple[str, str], ...] = ()


class Message(Struct, frozen=True):
    """Something that a user said to a gateway, and that must not be lost."""

    number: int
    version: str

    @property
    def line(self) -> bytes:
        """As it stands in the database."""
        return f"message {self.number} to {self.version}\n".encode()


class Taken(Struct, frozen=True):
    """A snapshot: its sources, the entries under them, and how far it came."""

    sources: tuple[tuple[str, str, tuple[str, ...]], ...]
    entries: Mapping[str, Entry]
    whole: bool = False
    sealed: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)
    when: float = 0.0


class Still(Struct, frozen=True):
    """The world as a crash at an effect would leave it."""

    effect: str
    way: Way
    world: World


class Film(Struct):
    """All crashes of a run, taken in one run: the world before, in and after each of its effects."""

    stills: list[Still] = field(default_factory=list)

    def shoot(self, world: World, name: str, half: Callable[[], object] | None) -> None:
        """Keep the world as it is, and as it would be in the middle of what comes."""
        before = world.fork()
        self.stills.append(Still(name, Way.BEFORE, before))
        if half is not None:
            half()
            self.stills.append(Still(name, Way.IN, world.fork()))
            world.revert(before)


class World(Struct):
    """Everything that there is.

    loaded: the unit's text as the service manager has read it. watchers: PIDs of dead-men.
    heard: every message that any gateway ever took. violations: what a real machine would have refused
    or punished; a run that is right leaves it empty. atomic_exchange: whether the file system can
    exchange two names in one call. images: name → id of container images; container: the id that the service's
    container is of, "" on a machine without containers; base: the version that the compose file names. restart: the
    container's restart policy; begun: whether it was ever started; rests: whether somebody stopped it since.
    """

    layout: Layout
    disk: Disk
    registry: Mapping[str, Release]
    faults: Faults = field(default_factory=Faults)
    time: float = 1000.0
    loaded: str = ""
    daemon: Daemon | None = None
    words: tuple[str, ...] = ()
    exit_status: int | None = None
    next_pid: int = 4000
    watchers: tuple[int, ...] = ()
    heard: tuple[Message, ...] = ()
    film: Film | None = None
    snapshots: dict[str, Taken] = field(default_factory=dict)
    pins: set[str] = field(default_factory=set)
    noted: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    journals: dict[str, bytes] = field(default_factory=dict)
    kept: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    atomic_exchange: bool = True
    can_clone: bool = False
    has_bubblewrap: bool = False
    is_quiet: bool = False
    clones: dict[str, object] = field(default_factory=dict)
    canary: str = ""
    images: dict[str, str] = field(default_factory=dict)
    container: str = ""
    base: str = ""
    restart: str = "no"
    begun: bool = False
    rests: bool = False

    def fork(self, *, faults: Faults | None = None, film: Film | None = None) -> World:
        """An independent copy, which other faults await, or whose every crash is filmed."""
        return replace(
            self,
            disk=self.disk.fork(),
            faults=faults or Faults(),
            film=film,
            snapshots=dict(self.snapshots),
            pins=set(self.pins),
            noted=dict(self.noted),
            journals=dict(self.journals),
            kept=dict(self.kept),
            violations=list(self.violations),
            clones=dict(self.clones),
            images=dict(self.images),
        )

    def effect(
        self,
        name: str,
        whole: Callable[[], T],
        half: Callable[[], object] | None = None,
        *,
        touches: str = "",
        waits: bool = False,
        fills: bool = False,
        lie: T | None = None,
    ) -> T:
        """Carry out one change, after the live gateway had its turn and the machine its objection.

        touches: the path that is changed. half, waits, fills, lie: see `Faults.strike`.
        """
        self.beat()
        self._object(name, touches)
        if self.film is not None:
            self.film.shoot(self, name, half)
        result = self.faults.strike(name, whole, half, waits=waits, fills=fills, lie=lie)
        if self.film is not None:
            self.film.stills.append(Still(name, Way.AFTER, self.fork()))
        return result

    def beat(self) -> None:
        """A living gateway takes a message and writes it down."""
        daemon = self.daemon
        path = self.layout.database_path
        database = self.disk.at(path)
        if daemon is None or self.is_quiet or not isinstance(database, File):
            return
        message = Message(len(self.heard), daemon.release.version)
        self.heard = (*self.heard, message)
        content = database.content + message.line
        self.disk.entries[path] = File(content, database.mode, database.durable)

    def revert(self, past: World) -> None:
        """Become again what `past`, a fork of this world, is; what runs in here does not notice."""
        self.disk.entries.clear()
        self.disk.entries.update(past.disk.entries)
        self.snapshots.clear()
        self.snapshots.update(past.snapshots)
        self.noted.clear()
        self.noted.update(past.noted)
        self.journals.clear()
        self.journals.update(past.journals)
        self.images.clear()
        self.images.update(past.images)

    def violate(self, words: str) -> None:
        """Note what a real machine would have refused or punished."""
        self.violations.append(words)

    def _object(self, name: str, path: str) -> None:
        daemon = self.daemon
        if daemon is None or not path:
            return
        logs = f"{self.layout.state_dir}/logs"
        for guarded in (self.layout.state_dir, daemon.root):
            inside = path == guarded or path.startswith(guarded + "/") or guarded.startswith(path + "/")
            if inside and not path.startswith(logs):
                self.violate(f"{name}: {path} was changed under the live gateway of {daemon.release.version}")
