"""Ports that stay a test's own while nobody listens on them, whatever else runs on this machine."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FIRST, LAST = 12000, 17999
"""Below those that the kernel gives to whoever connects (32768 and on, any that is free), and the lab's own."""


@contextmanager
def held_port() -> Iterator[int]:
    """A port that no other test gets for as long as the block lasts."""
    folder = Path(tempfile.gettempdir(), f"clawupgrade-test-ports-{os.geteuid()}")
    folder.mkdir(exist_ok=True)
    for port in random.sample(range(FIRST, LAST + 1), 200):
        with (folder / str(port)).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if _is_free(port):
                yield port
                return
    raise RuntimeError(f"no port is free between {FIRST} and {LAST}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
