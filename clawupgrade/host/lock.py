"""One run at a time: a kernel lock that a crash cannot leave behind, and a record that says who holds it."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import lock_descriptor
from msgspec import Struct, to_builtins
from msgspec.structs import replace

from clawupgrade.errors import Busy, Refused
from clawupgrade.host import syscalls
from clawupgrade.host.children import Children, end, mark_of, mark_prefix
from clawupgrade.host.durable import write_file
from clawupgrade.host.identity import Identity, boot_id, identify, is_alive

_NETWORK = {
    0x6969: "NFS",
    0xFF534D42: "CIFS",
    0xFE534D42: "SMB",
    0x517B: "SMB",
    0x01021997: "9p",
    0x5346414F: "AFS",
}
_TICK = 0.05
_SETTLE = 20.0
_DYING = 2.0


class Holder(Struct, frozen=True):
    """Who took the lock last. `at` is seconds since the epoch; `run` is "" until it has a number."""

    pid: int
    ticks: int
    boot: str
    host: str
    command: str
    at: float
    run: str = ""


class Lock(Struct, frozen=True):
    """A lock that is held, by whom. Its descriptor is for children to inherit."""

    descriptor: int
    folder: Path
    holder: Holder

    def name_run(self, run_id: str) -> None:
        """Put the run's number on record, for whoever asks who holds the lock."""
        _record(self.folder, replace(self.holder, run=run_id))


@contextmanager
def hold(
    folder: Path,
    command: str,
    *,
    children: Children,
    timeout: float = 0.0,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Lock]:
    """Hold the lock of an installation; `timeout` is in seconds.

    Recovery must never work beside an orphaned npm: what still runs of a dead run's children is ended,
    whether it keeps the lock (then before) or has lost it on the way (node does not pass it on).

    Raises:
        Busy: somebody else holds it, and has not let go in time.
        Refused: the folder cannot be used, or is on a network file system, where no lock can be trusted.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_network(folder)
        # Not FileLock itself: children inherit the descriptor, so it must be ours, at a low number.
        path = folder / "lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Refused(f"{folder} cannot be used: {error.strerror}", "see who owns it: ls -ld") from error
    try:
        _take(descriptor, folder, children, time.monotonic() + timeout, wait)
        holder = _ourselves(command)
        _record(folder, holder)
        children.settle(children.records(), _SETTLE)
        yield Lock(descriptor, folder, holder)
    finally:
        os.close(descriptor)


def last_holder(folder: Path) -> Holder | None:
    """Who took the lock last, whether or not it is still held; None when nobody is on record."""
    try:
        return Holder(**json.loads((folder / "lock.json").read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def refuse_network(folder: Path) -> None:
    """Raises Refused when the folder is on a network file system."""
    magic = syscalls.filesystem_magic(str(folder))
    if (name := _NETWORK.get(magic)) is not None:
        raise Refused(
            f"{folder} is on {name}, where a lock may not outlast its process or reach other machines",
            "set CLAWUPGRADE_HOME to a folder on a local disk",
        )


def _take(descriptor: int, folder: Path, children: Children, until: float, wait: Callable[[float], None]) -> None:
    is_patient = False
    while not lock_descriptor(descriptor, blocking=False):
        holder = last_holder(folder)
        if holder is not None and _is_dead(holder):
            if _settle(folder, holder, children):
                continue
            if not is_patient:
                # A child that was just being started has no mark yet, and most children end soon.
                is_patient, until = True, max(until, time.monotonic() + _DYING)
        if time.monotonic() >= until:
            raise Busy(_who(holder, folder), "wait for it, or give --lock-timeout SECONDS")
        wait(_TICK)


def _settle(folder: Path, dead: Holder, children: Children) -> bool:
    """End the children of a dead holder: those on record, and those that carry its mark and the lock."""
    records = children.records()
    if last_holder(folder) != dead:
        return False  # whoever took the lock has signed before starting any child: these may be his
    met = children.settle(records, _SETTLE)
    prefix = mark_prefix(Identity(dead.pid, dead.ticks, dead.boot))
    return bool(met + end(lambda: _carriers(folder / "lock", prefix), _SETTLE))


def _carriers(path: Path, prefix: str) -> tuple[Identity, ...]:
    found = (identify(pid) for pid in _open_in(path) if mark_of(pid).startswith(prefix))
    return tuple(identity for identity in found if identity is not None)


def _record(folder: Path, holder: Holder) -> None:
    path = folder / "lock.json"
    try:
        write_file(path, json.dumps(to_builtins(holder)).encode())
    except OSError:
        # A full disk must not keep a recovery from its work, but nobody may take us for the dead one.
        path.unlink(missing_ok=True)


def _is_dead(holder: Holder) -> bool:
    if holder.host != socket.gethostname():
        return False  # a folder shared between machines: we cannot know
    return not is_alive(Identity(holder.pid, holder.ticks, holder.boot))


def _ourselves(command: str) -> Holder:
    own = identify(os.getpid())
    assert own is not None
    return Holder(own.pid, own.ticks, boot_id(), socket.gethostname(), command, time.time())


def _who(holder: Holder | None, folder: Path) -> str:
    if holder is not None and not _is_dead(holder):
        began = time.strftime("%H:%M:%S", time.localtime(holder.at))
        work = " of ".join((holder.command, f"run {holder.run}")) if holder.run else holder.command
        return f"another clawupgrade is at work: {work}, process {holder.pid}, since {began}"
    found = _open_in(folder / "lock")
    if not found:
        return "another clawupgrade is at work"
    pids = ", ".join(f"process {pid}" for pid in found)
    return f"something that an earlier run started still runs: {pids}"


def _open_in(path: Path) -> tuple[int, ...]:
    """Who has the lock's file open, as far as we may see."""
    wanted = path.stat()
    return tuple(pid for pid in psutil.pids() if pid != os.getpid() and _has_open(pid, wanted))


def _has_open(pid: int, wanted: os.stat_result) -> bool:
    try:
        names = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False  # gone meanwhile, or another account's
    return any(_is_same(name, wanted) for name in names)


def _is_same(path: Path, wanted: os.stat_result) -> bool:
    try:
        seen = path.stat()
    except OSError:
        return False  # closed meanwhile
    return (seen.st_dev, seen.st_ino) == (wanted.st_dev, wanted.st_ino)
