"""Gateway ports: hosts share this machine's network, so each needs a port that no other one holds."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from .root import Lab

FIRST, STRIDE, COUNT = 20040, 120, 90
"""A gateway also opens ports counted from its own (browser control +2, canvas +4, browsers up to +110)."""


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@contextmanager
def hold_port(lab: Lab, wanted: int | None = None) -> Iterator[int]:
    """A gateway port for as long as the block lasts: `wanted` itself (waits for it), or any free one."""
    folder = lab.root / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [wanted] if wanted else [FIRST + STRIDE * index for index in range(COUNT)]
    for port in numbers:
        with (folder / f"port-{port}").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wanted else fcntl.LOCK_NB))
            except BlockingIOError:
                continue
            if _is_free(port):
                yield port
                return
    raise RuntimeError(f"no gateway port is free (tried {numbers[0]} … {numbers[-1]})")
