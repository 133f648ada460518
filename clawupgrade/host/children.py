"""Written proof of which processes are our children, so that a recovery may end the orphans of a dead run."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from msgspec import Struct, to_builtins

from clawupgrade.errors import Busy
from clawupgrade.host import sessions
from clawupgrade.host.identity import Identity, identify, is_alive

MARK = "CLAWUPGRADE_CHILD"
_TICK = 0.05
_EXEC = 0.002
_EXEC_TRIES = 5


class Record(Struct, frozen=True):
    """A child that was started: its file, who led its session, and the mark in its environment."""

    path: Path
    leader: Identity
    mark: str


class Children:
    """One small file per running child in `folder`, gone when the child is.

    Each child also carries a random mark in its environment: where a session's leader has died, its
    number may have been given away, and only the mark proves that what remains is ours.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def recorded(self, pid: int, mark: str, program: str) -> Iterator[None]:
        """Keep the record of a child while it runs; it stays behind when somebody survived the child."""
        path = self._folder / f"{pid}.json"
        if (identity := identify(pid)) is not None:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.touch(mode=0o600)
                path.write_text(json.dumps(to_builtins(identity) | {"mark": mark, "program": program}))
            except OSError:
                # A full disk must not keep a run from going back; the child holds the lock all the same.
                path.unlink(missing_ok=True)
        try:
            yield
        finally:
            if not sessions.members(pid):
                path.unlink(missing_ok=True)

    def records(self) -> tuple[Record, ...]:
        """The children on record. A record that was cut off in the writing proves nothing, and goes."""
        found: list[Record] = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                document = json.loads(path.read_text())
                leader = Identity(document["pid"], document["ticks"], document["boot"])
                found.append(Record(path, leader, document["mark"]))
            except FileNotFoundError:
                continue
            except (ValueError, KeyError, TypeError):
                path.unlink(missing_ok=True)
        return tuple(found)

    def settle(self, records: tuple[Record, ...], limit: float) -> tuple[Identity, ...]:
        """End what still runs of these children, as `end` does. Comes back with whom it met.

        Not those whose starter lives: commands that only look (plan, check, init) hold no lock and have
        children, too; a `recover` at boot once ended the systemctl of an `init`. Raises Busy.
        """
        records = tuple(record for record in records if not _is_cared_for(record))
        met = end(lambda: [each for record in records for each in _survivors(record)], limit)
        for record in records:
            record.path.unlink(missing_ok=True)
        return met


def new_mark() -> str:
    """A mark for one child: who we are, and something random."""
    own = identify(os.getpid())
    return f"{mark_prefix(own) if own is not None else ''}{os.urandom(16).hex()}"


def mark_prefix(starter: Identity) -> str:
    """What the marks of all children begin with that this process started."""
    return f"{starter.pid}.{starter.ticks}."


def mark_of(pid: int) -> str:
    """The mark in a process's environment; "" when it has none, or may not be asked."""
    for _ in range(_EXEC_TRIES):
        try:
            environment = psutil.Process(pid).environ()
        except (psutil.Error, OSError):
            return ""
        if environment:
            return environment.get(MARK, "")
        time.sleep(_EXEC)  # a process has none at all for a moment while it turns into another program
    return ""


def bearing(mark: str) -> tuple[Identity, ...]:
    """The living processes that were started with a mark in their environment, wherever they have got to.

    Where there is no /proc nobody is found.
    """
    wanted = f"{MARK}={mark}".encode()
    found: list[Identity] = []
    for pid in psutil.pids():
        with suppress(OSError):
            said = Path(f"/proc/{pid}/environ").read_bytes()
            if wanted in said.split(b"\0") and (identity := identify(pid)) is not None:
                found.append(identity)
    return tuple(found)


def end(find: Callable[[], Iterable[Identity]], limit: float) -> tuple[Identity, ...]:
    """End whom `find` finds until it finds nobody: SIGTERM, and SIGKILL after half of `limit` seconds.

    Comes back with all that it met.

    Raises:
        Busy: somebody would not die in time.
    """
    began = time.monotonic()
    met: dict[Identity, None] = {}
    told: set[Identity] = set()
    while orphans := tuple(find()):
        met.update(dict.fromkeys(orphans))
        waited = time.monotonic() - began
        if waited > limit:
            pids = ", ".join(str(identity.pid) for identity in orphans)
            raise Busy(
                f"processes of an earlier run will not end: {pids}",
                "look at them with ps, then try again",
            )
        if waited > limit / 2:
            sessions.send(signal.SIGKILL, orphans)
        else:
            sessions.send(signal.SIGTERM, set(orphans) - told)
            told |= set(orphans)
        time.sleep(_TICK)
    return tuple(met)


def _is_cared_for(record: Record) -> bool:
    pid, _, rest = record.mark.partition(".")
    ticks = rest.partition(".")[0]
    if not (pid.isdecimal() and ticks.isdecimal()):
        return False
    return is_alive(Identity(int(pid), int(ticks), record.leader.boot))


def _survivors(record: Record) -> tuple[Identity, ...]:
    leader = record.leader
    if is_alive(leader):
        return tuple(dict.fromkeys((leader, *sessions.members(leader.pid), *sessions.offspring(leader.pid))))
    return tuple(
        member
        for member in sessions.members(leader.pid)
        if member.ticks >= leader.ticks and mark_of(member.pid) == record.mark
    )
