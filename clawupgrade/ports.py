"""The seam between what is decided and the world. The core gets a `Host`; it never builds one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from clawupgrade.cloned import Clone, Frozen, Obstacle, Tried
from clawupgrade.composed import Composed, Facts, Image, Surroundings, Wanted
from clawupgrade.containers.inspected import Container
from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer
from clawupgrade.held import Drilled, PruneReport, Retention, Revision, Since, SnapshotInfo, Verdict
from clawupgrade.model import Account, CredentialRef, Service


@dataclass(frozen=True, slots=True)
class Command:
    """A child process to be. `env` is laid over a clean base; no value of it is ever printed.

    wall, idle: limits in seconds, for the whole run and for silence. account: run as this one.
    grows: a folder that the child fills, whose size a person wants to see. whole: a daemon that it leaves behind in a
    session of its own is ended with it; else such a one left on purpose, and is left alone.
    """

    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    cwd: str | None = None
    account: Account | None = None
    wall: float = 600.0
    idle: float | None = None
    grows: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Completed:
    """How a child ended. `rc` is None when a limit ended it; then `ended_by` says which."""

    rc: int | None
    out: str
    err: str
    seconds: float
    ended_by: str = ""

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with status 0."""
        return self.rc == 0


class Commands(Protocol):
    """Runs children: own session, stdin from /dev/null, the lock inherited, the whole group ended on a limit."""

    def run(
        self,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        on_size: Callable[[int], None] | None = None,
    ) -> Completed:
        """Run to the end; `on_size` is told the bytes of `command.grows` now and then.

        Raises Refused when the program does not exist or may not be run.
        """
        ...

    def detach(self, command: Command, log: str) -> int:
        """Start a child that outlives us, without the lock, its output to a 0600 file; its PID."""
        ...


LEFTOVERS = (".clawupgrade-new", ".clawupgrade-aside")
"""What a change of a path that was cut off leaves beside it; the next change replaces it."""


class Files(Protocol):
    """The disk. Every change is durable when the call returns; every removal is idempotent."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None when there is none."""
        ...

    def write(self, path: str, content: bytes, *, like: str | None = None, mode: int = 0o600) -> None:
        """Replace a file at one stroke (temporary name, fsync, rename, fsync of the folder).

        The owner and mode are those of `like` where it exists, else `mode`.
        """
        ...

    def exists(self, path: str) -> bool:
        """Whether anything, also a dangling link, is there."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """The sorted names in a folder; empty when it does not exist."""
        ...

    def mode(self, path: str) -> int | None:
        """The permission bits of what is there, links followed; None for nothing."""
        ...

    def real(self, path: str) -> str:
        """The path with every link resolved."""
        ...

    def make_folder(self, path: str, *, mode: int = 0o700, account: Account | None = None) -> None:
        """Make a folder and its missing parents."""
        ...

    def set_mode(self, path: str, mode: int) -> None:
        """Give what exists other permission bits."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file or a tree; nothing there is fine."""
        ...

    def rename(self, source: str, target: str) -> None:
        """One rename within a file system; the target must not exist."""
        ...

    def exchange(self, one: str, other: str) -> None:
        """Exchange two existing paths: in one system call where the file system can.

        Where it cannot, `other` makes way first, so that `one` is never out of sight: cut off, its
        content lies at `one` or at `other`.
        """
        ...

    def copy_tree(self, source: str, target: str) -> None:
        """An exact copy (modes, links, times), reflinked where possible, durable."""
        ...

    def link(self, path: str, target: str) -> None:
        """Make or replace the symbolic link `path` at one stroke."""
        ...

    def sync_tree(self, path: str) -> None:
        """All below is on the disk when this returns."""
        ...

    def manifest(self, path: str) -> Mapping[str, str]:
        """Relative path → `kind:mode:size:sha256` (or link target) of everything below."""
        ...

    def free_bytes(self, path: str) -> int:
        """Free bytes for this account on the file system that holds (or will hold) the path."""
        ...

    def tree_bytes(self, path: str) -> int:
        """Bytes that a tree holds, as it would be copied."""
        ...

    def writable(self, folder: str, account: Account | None = None) -> bool:
        """Whether a file can really be made and renamed there: proved by doing it."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceState:
    """How a service is now. `active` is None where the owner cannot be asked.

    cpu: seconds of processor time so far, None where nobody counts; a start that says nothing for
    minutes (2026.4.29: 477 s) still computes.
    """

    active: bool | None
    main_pid: int | None = None
    words: str = ""
    exit_status: int | None = None
    restarts: int = 0
    cpu: float | None = None


class Services(Protocol):
    """Starts and stops gateways through their owners."""

    def look(self, service: Service) -> ServiceState:
        """How it is. Unknown is an answer."""
        ...

    def stop(self, service: Service, limit: float) -> None:
        """Ask its owner to stop it, and wait. Stopping what is stopped is fine. Raises StepFailed."""
        ...

    def start(self, service: Service, limit: float) -> None:
        """Ask its owner to start it; comes back when the owner has taken it on. Raises StepFailed."""
        ...

    def reload(self, service: Service) -> None:
        """Have the owner read its definition files again."""
        ...

    def enable(self, service: Service, enabled: bool) -> None:
        """Whether it starts by itself at boot."""
        ...

    def words(self, service: Service, since: datetime) -> tuple[str, ...]:
        """The last lines that the gateway said since then (at most 40), secrets scrubbed."""
        ...


@dataclass(frozen=True, slots=True)
class Process:
    """A process that was seen. `started` is seconds since the epoch and tells reused pids apart.

    parent: the pid of whoever started it, 0 where that cannot be seen.
    """

    pid: int
    started: float
    argv: tuple[str, ...]
    uid: int
    exe: str = ""
    cwd: str = ""
    parent: int = 0


class Processes(Protocol):
    """The process table."""

    def listeners(self, port: int) -> tuple[Process, ...]:
        """Who listens on a TCP port; empty when nobody does. A pid of 0 means: not ours to see."""
        ...

    def find(self, pid: int) -> Process | None:
        """The process, or None."""
        ...

    def ancestors(self) -> tuple[Process, ...]:
        """This process's parents, nearest first."""
        ...


class Gateways(Protocol):
    """Asks a gateway over its WebSocket. Credentials are fetched inside, by reference."""

    def ask(self, address: Address, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        """One handshake. Never raises for what a gateway does; that is the Answer."""
        ...


class Secrets(Protocol):
    """Finds credentials where references say they stand, and keeps their values to itself."""

    def digest(self, ref: CredentialRef) -> str | None:
        """Keyed hash of what stands there (equal secrets of one installation, equal hashes), or None.

        `ref.digest` is not looked at. None also for an empty value, a reference that cannot be
        resolved (`${VAR}`, SecretRef) and a place that may not be read.
        """
        ...

    def key(self) -> bytes:
        """The installation's own key for hashes that a person may see."""
        ...

    def learn(self, config_path: str) -> None:
        """Know every secret that a config holds, so that `Host.veil` takes it out of whatever is shown or kept."""
        ...

    def assigned(self, name: str, ref: CredentialRef) -> bytes:
        """The line of an env file that gives a variable what stands at `ref`. Raises Refused."""
        ...

    def written(self, config: bytes, key: str, ref: CredentialRef | None) -> bytes:
        """The config's text with what stands at `ref` at `key`; with a new token where `ref` is None.

        Raises Refused where nothing is to be had, DocumentError where the text has no place for it.
        """
        ...


class Snapshots(Protocol):
    """The store of snapshots (host/snapshots)."""

    def take(
        self,
        plan_id: str,
        sources: Sequence[tuple[str, str, tuple[str, ...]]],
        readable: Sequence[str],
        meta: Mapping[str, Any] = {},
    ) -> Any:
        """First full pass; the gateway may be live. `meta`: plain JSON values that describe it."""
        ...

    def delta(self, plan_id: str) -> Any:
        """Catch up with what changed; the gateway is stopped. Idempotent."""
        ...

    def verify(self, plan_id: str) -> None:
        """Read everything back and compare. Raises SnapshotDamaged."""
        ...

    def left_out(self, plan_id: str) -> Sequence[str]:
        """What its patterns left out, relative to each source; a folder stands for all below it."""
        ...

    def seal(self, plan_id: str) -> None:
        """From here on it exists."""
        ...

    def is_sealed(self, plan_id: str) -> bool:
        """Whether it exists."""
        ...

    def discard(self, plan_id: str) -> None:
        """Remove an unsealed snapshot; idempotent."""
        ...

    def restore(self, plan_id: str, *, names: Sequence[str] | None = None, aside: str | None = None) -> Any:
        """Put back, to the bit, and remove what was not there. Idempotent."""
        ...

    def read_file(self, plan_id: str, path: str) -> bytes | None:
        """One file's bytes as they were."""
        ...

    def migrated_databases(self, plan_id: str) -> tuple[str, ...]:
        """Databases on the disk that are new since, or have another `user_version` than in the snapshot."""
        ...

    def differs(self, plan_id: str, names: Sequence[str] | None = None) -> Sequence[Path]:
        """What on the disk is not as it was."""
        ...

    def copy_database(self, path: str, target: str) -> None:
        """A whole copy of a live database, by SQLite's own means. Raises SnapshotRefused."""
        ...

    def since(self, plan_id: str) -> Since:
        """What was added to the state since, in numbers: what restoring it would lose."""
        ...

    def listed(self) -> Sequence[SnapshotInfo]:
        """All sealed snapshots, oldest first, damaged ones too."""
        ...

    def pin(self, plan_id: str, *, pinned: bool) -> None:
        """Keep it whatever a policy says, or let the policy decide again. Idempotent."""
        ...

    def judge(self, policy: Retention) -> Sequence[Verdict]:
        """What `prune` would let go; nothing goes."""
        ...

    def prune(self, policy: Retention) -> PruneReport:
        """Let go what the policy does not keep. Raises SnapshotDamaged, SnapshotRefused."""
        ...

    def drill(self, plan_id: str) -> Drilled:
        """Read back, restore into a scratch folder, compare. Raises SnapshotDamaged, SnapshotRefused."""
        ...

    def export(self, plan_id: str, target: str, recipients: Sequence[str] = ()) -> None:
        """Write it as one tar, 0600; with age recipients encrypted for them."""
        ...

    def note(self, name: str, readable: Sequence[str]) -> None:
        """Add config texts as they are now to their history, under a name of its own."""
        ...

    def noted(self, name: str, path: str) -> bytes | None:
        """A config text as the point of its history with this name has it; a snapshot's id is one."""
        ...

    def revisions(self, path: str) -> Sequence[Revision]:
        """The states that a config text had, oldest first."""
        ...

    def text(self, commit: str, path: str) -> bytes | None:
        """A config text as a commit of its history has it."""
        ...


class Clones(Protocol):
    """A second view of an installation, to rehearse on (host/clones)."""

    def try_way(self, room: str, account: Account) -> Tried:
        """Whether one can be made in this folder, found out by doing it; nothing is left of that."""
        ...

    def make(self, clone: Clone) -> None:
        """Make it from what is there now; databases by SQLite's own means. What was in its room goes."""
        ...

    def run(
        self,
        clone: Clone,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        *,
        asking: bool = False,
    ) -> Completed:
        """Run a command in it; see `Commands.run`. There is a loopback of its own, and no other network.

        asking: whether it may ask the real service manager; what it tells it to do is noted, and not done. Without,
        no manager answers.
        """
        ...

    def view(self, clone: Clone, host: Host) -> Host:
        """The same machine, whose files and databases are the clone's; to be looked at only."""
        ...

    def write(self, clone: Clone, path: str, content: bytes) -> None:
        """Replace a file in the clone alone. Raises FileNotFoundError where the clone does not cover it."""
        ...

    def freeze(self, clone: Clone, name: str) -> Frozen:
        """Keep under this name what has changed since it was made, or was last frozen."""
        ...

    def obstacles(self, clone: Clone, but: frozenset[str]) -> tuple[Obstacle, ...]:
        """What of the installation is not as it was when the clone was made, and matters.

        but: paths that are changed on purpose, here as there.
        """
        ...

    def adopt(self, clone: Clone, name: str) -> int:
        """Make the installation as the clone was when it was frozen under this name; how many paths that were.

        Idempotent, and durable when it returns. Raises FileNotFoundError where nothing was frozen.
        """
        ...

    def boot(self, clone: Clone, node: str, command: Command, port: int) -> None:
        """Start a gateway in it, with nothing but loopback; `clone.socket` leads to its port."""
        ...

    def canary_status(self) -> int | None:
        """How that gateway ended; None while it runs."""
        ...

    def canary_words(self, clone: Clone) -> tuple[str, ...]:
        """What it wrote last, scrubbed."""
        ...

    def end(self, clone: Clone) -> None:
        """Kill it. Idempotent."""
        ...

    def warm(self, clone: Clone, place: str) -> int:
        """Copy the compile cache that it filled below `place`; how many files that are."""
        ...

    def remove(self, clone: Clone) -> None:
        """Nothing is left of the clone. Idempotent."""
        ...


class Containers(Protocol):
    """A container engine with Compose beside it (host/containers): images, one-shot containers, a canary.

    Starting and stopping the service itself is its owner's, see `Services`.
    """

    def gateways(self, wanted: Wanted) -> tuple[Composed, ...]:
        """Every gateway of OpenClaw that a Compose project runs, or has; what `facts` tells is left empty.

        Raises Refused: no engine, no daemon, no permission, no such file or service.
        """
        ...

    def look(self, found: Composed) -> Container | None:
        """The service's container as it is now; None for none."""
        ...

    def facts(self, found: Composed, image: str = "") -> Facts | None:
        """What OpenClaw an image holds; without one the container that runs, or would. None where it holds none."""
        ...

    def carry_out(self, found: Composed, target: str) -> None:
        """Copy the state out of the container's own layer, owners and all; the container has stopped."""
        ...

    def carry_in(self, found: Composed, source: str) -> None:
        """Make the container anew as the files say, without starting it, and copy a state into its layer."""
        ...

    def surroundings(self, found: Composed) -> Surroundings:
        """What lies around its state, for a diagnosis."""
        ...

    def data_root(self, found: Composed) -> str:
        """Where the engine keeps images and layers, "" where it does not say."""
        ...

    def image(self, found: Composed, reference: str) -> Image | None:
        """An image that the engine has."""
        ...

    def pull(self, found: Composed, reference: str, wall: float, on_line: Callable[[str], None]) -> None:
        """Fetch an image. Raises StepFailed, transient where the network is to blame."""
        ...

    def build(self, found: Composed, name: str, wall: float, on_line: Callable[[str], None]) -> None:
        """Build the service's image as its project does, under this name alone. Raises StepFailed."""
        ...

    def tag(self, found: Composed, reference: str, name: str) -> None:
        """Give an image a name, which another one may lose by that. Raises StepFailed."""
        ...

    def untag(self, found: Composed, name: str) -> None:
        """Take a name away; idempotent. An image that has no other name goes."""
        ...

    def run(
        self,
        found: Composed,
        image: str,
        command: Command,
        on_line: Callable[[str], None] | None = None,
        *,
        covers: Mapping[str, str] = {},
    ) -> Completed:
        """A command in a container of an image, in the place of the service's own, which has stopped.

        covers: (path inside → path here) of what is seen in the place of the service's own folders; with any,
        there is no network, and what is not covered is read-only.
        """
        ...

    def execute(self, found: Composed, command: Command) -> Completed:
        """A command in the service's running container."""
        ...

    def copy(self, source: str, target: str) -> None:
        """A copy of a folder that a gateway may be writing to; databases by SQLite's own means."""
        ...

    def boot(self, found: Composed, image: str, covers: Mapping[str, str], room: str) -> None:
        """Start the gateway of an image on covered folders, with nothing but loopback; `room`/canary leads to its port.

        Raises StepFailed.
        """
        ...

    def canary_status(self, found: Composed) -> int | None:
        """How that gateway ended; None while it runs."""
        ...

    def canary_words(self, found: Composed) -> tuple[str, ...]:
        """What it wrote last, scrubbed."""
        ...

    def end(self, found: Composed) -> None:
        """Nothing of ours runs any more: neither a canary nor a one-shot container. Idempotent."""
        ...


class Databases(Protocol):
    """Looks into SQLite databases of others; never writes, and never waits for long."""

    def rows(self, path: str, table: str) -> tuple[Mapping[str, Any], ...] | None:
        """Every row of a table by column; None where there is no such file or table.

        Raises OSError where the database cannot be read.
        """
        ...


class Clock(Protocol):
    """Time. `now` is aware UTC; `monotonic` never goes back and is in seconds."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; a signal that the fence has taken may cut it short."""
        ...


class Fence(Protocol):
    """Takes the signals that would end the run, so that the run can end itself in order."""

    def taken(self) -> int | None:
        """The first signal that came since the run began and may still turn it back, or None."""
        ...

    def shut(self) -> None:
        """The run is on its way back: from here on no signal shortens any wait or child."""
        ...


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person who watches may want to see.

    kind: `step.began` `step.done` `step.failed` `undo.began` `undo.done` `undo.failed` `line` `progress`
    `gateway` `note` `command` `run.began` `run.ended`, and `result` from the command line
    """

    kind: str
    step: str = ""
    text: str = ""
    done: int = 0
    total: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)


def nobody(question: str) -> bool:
    """Nobody is there to say yes."""
    return False


def as_it_is(text: str) -> str:
    """The text, where nothing has to be kept out of it."""
    return text


@dataclass(frozen=True, slots=True)
class Host:
    """One machine, as the core sees it. veil: a line without secrets, for whatever is shown or kept."""

    commands: Commands
    files: Files
    services: Services
    processes: Processes
    gateways: Gateways
    secrets: Secrets
    snapshots: Snapshots
    databases: Databases
    clones: Clones
    containers: Containers
    clock: Clock
    fence: Fence
    say: Callable[[Event], None]
    ask: Callable[[str], bool] = nobody
    veil: Callable[[str], str] = as_it_is
