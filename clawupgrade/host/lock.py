"""One run at a time: a kernel lock that a crash cannot leave behind, and a record that says who holds it."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from filelock import lock_descriptor

from clawupgrade.errors import Busy, Refused
from clawupgrade.host import syscalls
from clawupgrade.host.children import Children
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


@dataclass(frozen=True, slots=True)
class Holder:
    """Who took the lock last. `at` is seconds since the epoch."""

    pid: int
    ticks: int
    boot: str
    host: str
    command: str
    at: float


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that is held. Its descriptor is for children to inherit."""

    descriptor: int


@contextmanager
def hold(
    folder: Path,
    command: str,
    *,
    children: Children,
    timeout: float = 0.0,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Lock]:
    """Hold the lock of an installation.

    When its owner is dead and only children of that run keep it, they are ended first: recovery
    must never work beside an orphaned npm. `timeout` is in seconds.

    Raises:
        Busy: somebody else holds it, and has not let go in time.
        Refused: the folder is on a network file system, where the kernel's lock cannot be trusted.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_network(folder)
    path = folder / "lock"
    # Not FileLock itself: children inherit the descriptor, so it must be ours, and stay at a low number.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor, folder, children, time.monotonic() + timeout, wait)
        write_file(folder / "lock.json", json.dumps(asdict(_ourselves(command))).encode())
        yield Lock(descriptor)
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


def _take(
    descriptor: int, folder: Path, children: Children, until: float, wait: Callable[[float], None]
) -> None:
    has_settled = False
    while not lock_descriptor(descriptor, blocking=False):
        holder = last_holder(folder)
        if not has_settled and holder is not None and _is_dead(holder):
            has_settled = True
            if children.settle(_SETTLE):
                continue
        if time.monotonic() >= until:
            raise Busy(_who(holder, folder), "wait for it, or give --lock-timeout SECONDS")
        wait(_TICK)


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
        return f"another clawupgrade is at work: {holder.command}, process {holder.pid}, since {began}"
    found = _open_in(folder / "lock")
    if not found:
        return "another clawupgrade is at work"
    return f"a child of an earlier run still runs: {', '.join(found)}"


def _open_in(path: Path) -> list[str]:
    wanted = path.stat()
    found: list[str] = []
    for pid in psutil.pids():
        if pid == os.getpid():
            continue
        with suppress(OSError):
            for name in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    seen = name.stat()
                    if (seen.st_dev, seen.st_ino) == (wanted.st_dev, wanted.st_ino):
                        found.append(f"process {pid}")
                        break
    return found
