"""Private folders and files, and all of them put on the disk at once: 20,000 fsyncs would take long."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress

from clawupgrade.host import syscalls
from clawupgrade.host.durable import sync_folder

_FEW = 64


def private_folder(folder: str | os.PathLike[str]) -> None:
    """Make a folder and what is missing above it, each 0700 whatever the umask; idempotent."""
    folder = os.fspath(folder)
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for made in reversed(missing):
        with suppress(FileExistsError):  # another thread's work
            os.mkdir(made, 0o700)


def write_private(path: str | os.PathLike[str], parts: Iterable[bytes], *, durable: bool = False) -> None:
    """Write a 0600 file whole, by a temporary name and one rename; `durable` also syncs file and name."""
    path = os.fspath(path)
    temporary = f"{path}.new"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.writelines(parts)
        if durable:
            out.flush()
            os.fsync(out.fileno())
    os.rename(temporary, path)
    if durable:
        sync_folder(os.path.dirname(path))


def put_on_disk(files: Collection[str], folders: Collection[str], filesystems: Collection[str]) -> None:
    """Regular files, and the names in folders, are on the disk when this returns; raises OSError.

    A few are synced one by one. For many, one syncfs(2) for each of `filesystems` (a folder on it) is
    quicker by far, though it also waits for what other programs wrote there; since Linux 5.8 it reports
    write errors.
    """
    if len(files) + len(folders) <= _FEW:
        try:
            for path in (*files, *folders):
                _sync(path, os.fsync)
            return
        except PermissionError:  # a file that its own owner may not open
            pass
    for folder in filesystems:
        _sync(folder, syscalls.sync_filesystem)


def _sync(path: str, call: Callable[[int], None]) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        call(descriptor)
    finally:
        os.close(descriptor)
