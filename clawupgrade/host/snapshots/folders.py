"""Private folders and files, and all of them put on the disk at once: 20,000 fsyncs would take long."""

from __future__ import annotations

import os
from collections.abc import Iterable

from clawupgrade.host import syscalls
from clawupgrade.host.durable import sync_folder


def private_folder(folder: str | os.PathLike[str]) -> None:
    """Make a folder and what is missing above it, each 0700 whatever the umask; idempotent."""
    folder = os.fspath(folder)
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for made in reversed(missing):
        os.mkdir(made, 0o700)


def write_private(path: str | os.PathLike[str], parts: Iterable[bytes], *, durable: bool = False) -> None:
    """Write a 0600 file whole, by a temporary name and one rename; `durable` also syncs file and name."""
    path = os.fspath(path)
    temporary = f"{path}.new"
    descriptor = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
    )
    with os.fdopen(descriptor, "wb") as out:
        out.writelines(parts)
        if durable:
            out.flush()
            os.fsync(out.fileno())
    os.rename(temporary, path)
    if durable:
        sync_folder(os.path.dirname(path))


def sync_filesystem(folder: str | os.PathLike[str]) -> None:
    """Everything written so far to the folder's file system is on the disk when this returns.

    One call instead of 20,000 fsyncs; since Linux 5.8 it reports write errors. Raises OSError.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        syscalls.sync_filesystem(descriptor)
    finally:
        os.close(descriptor)
