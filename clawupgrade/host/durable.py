"""What "on the disk" means here: the file's bytes, then its name, then the folder that holds the name."""

from __future__ import annotations

import os
from pathlib import Path

_NEW = ".clawupgrade-new"


def sync_folder(path: str | Path) -> None:
    """The names in a folder are on the disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_parents(*paths: str) -> None:
    """The folders that hold these names are on the disk when this returns; a missing one is left out."""
    for folder in {os.path.dirname(os.path.abspath(path)) for path in paths}:
        if os.path.isdir(folder):
            sync_folder(folder)


def write_file(path: str | Path, content: bytes, *, mode: int = 0o600, owner: tuple[int, int] | None = None) -> None:
    """Replace a file at one stroke, with exactly this mode; `owner` counts only when we are root.

    The temporary name is always the same, so that a crash leaves at most one, which the next write
    replaces. Nothing is followed: in a user's folder a link may lie in wait for root.
    """
    new = f"{path}{_NEW}"
    Path(new).unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if owner is not None and os.geteuid() == 0:
                os.fchown(file.fileno(), *owner)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        Path(new).unlink(missing_ok=True)
        raise
    sync_folder(os.path.dirname(os.path.abspath(path)))
