"""A network of its own for hosts that meet: a namespace with a bridge, and one for each host; nothing leads out."""

from __future__ import annotations

import ctypes
import os
import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
NET = 0x40000000  # CLONE_NEWNET
_NAMES = Path("/run/netns")


@dataclass(frozen=True, slots=True)
class Place:
    """A host's place in a segment: its namespace, its address, and the bridge's end of its cable."""

    segment: Segment
    name: str
    address: str
    cable: str

    @property
    def path(self) -> Path:
        """The namespace as a file."""
        return _NAMES / self.name

    def pull_cable(self) -> None:
        """Nothing arrives at this host any more, and nothing leaves it."""
        self.segment.ip("link", "set", self.cable, "down")

    def put_cable_back(self) -> None:
        """As before."""
        self.segment.ip("link", "set", self.cable, "up")


@dataclass(frozen=True, slots=True)
class Segment:
    """The network. `address` is its own end, where a registry for the hosts can listen."""

    name: str
    address: str = "10.77.0.1"

    @property
    def path(self) -> Path:
        """The namespace as a file."""
        return _NAMES / self.name

    @property
    def enter(self) -> list[str]:
        """What goes before a command line that shall see the hosts."""
        return ["nsenter", f"--net={self.path}", "--"]

    def ip(self, *words: str) -> None:
        """`ip` in the segment."""
        _run("ip", "-n", self.name, *words)

    def add(self, number: int) -> Place:
        """Room for one more host."""
        place = Place(self, f"{self.name}-{number}", f"10.77.0.{10 + number}", f"host{number}")
        _run("ip", "netns", "add", place.name)
        self.ip("link", "add", place.cable, "type", "veth", "peer", "name", "eth0", "netns", place.name)
        self.ip("link", "set", place.cable, "master", "bridge", "up")
        for words in (["addr", "add", f"{place.address}/24", "dev", "eth0"], ["link", "set", "eth0", "up"]):
            _run("ip", "-n", place.name, *words)
        _run("ip", "-n", place.name, "link", "set", "lo", "up")
        return place


@contextmanager
def open_segment() -> Iterator[Segment]:
    """A segment without hosts; it and all places in it are taken away at the end."""
    segment = Segment(f"claw-{secrets.token_hex(3)}")
    _run("ip", "netns", "add", segment.name)
    try:
        segment.ip("link", "set", "lo", "up")
        segment.ip("link", "add", "bridge", "type", "bridge")
        segment.ip("addr", "add", f"{segment.address}/24", "dev", "bridge")
        segment.ip("link", "set", "bridge", "up")
        yield segment
    finally:
        for name in sorted(path.name for path in _NAMES.glob(f"{segment.name}*")):
            _run("ip", "netns", "delete", name)


def within(namespace: Path, act: Callable[[], T]) -> T:
    """What `act` returns, or raises, in a thread of its own whose sockets are of that network."""
    found: list[T] = []
    failed: list[BaseException] = []

    def enter() -> None:
        try:
            handle = os.open(namespace, os.O_RDONLY)
            try:
                if ctypes.CDLL(None, use_errno=True).setns(handle, NET) != 0:
                    raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
            finally:
                os.close(handle)
            found.append(act())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
