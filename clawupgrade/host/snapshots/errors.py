"""What the snapshot store says when it cannot promise a whole snapshot; foreign errors renamed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from clawupgrade.errors import ClawupgradeError, Exit, Refused

_DISK = {
    errno.ENOSPC: ("no space is left", "Free some space there, or prune old snapshots, then try again."),
    errno.EDQUOT: ("the disk quota is used up", "Raise the quota or prune old snapshots, then try again."),
    errno.EROFS: ("the file system is read-only", "Make it writable or choose another folder for snapshots."),
    errno.EACCES: ("permission is missing", "Give this user access to it, or leave it out by a pattern."),
    errno.EPERM: ("permission is missing", "Give this user access to it, or leave it out by a pattern."),
    errno.EIO: ("the disk reports an input/output error", "Check the disk before anything is upgraded."),
}


class SnapshotRefused(Refused):
    """A whole snapshot cannot be made; nothing of the installation was changed."""


class SnapshotDamaged(ClawupgradeError):
    """A snapshot does not hold what its manifest promises, or cannot be put back."""

    exit_code = Exit.BROKEN


def refused(problem: OSError, path: str | os.PathLike[str] | None = None) -> SnapshotRefused:
    """Rename an OSError met while a snapshot is made; names the file and what to do."""
    where = shown(path if path is not None else problem.filename)
    reason, hint = _DISK.get(problem.errno or 0, (os.strerror(problem.errno or 0), "Mend this and try again."))
    return SnapshotRefused(f"snapshot refused: {where}: {reason}", hint)


def unrestorable(problem: OSError, path: str | os.PathLike[str] | None = None) -> SnapshotDamaged:
    """Rename an OSError met while a snapshot is put back; the restore can be run again."""
    where = shown(path if path is not None else problem.filename)
    reason, hint = _DISK.get(problem.errno or 0, (os.strerror(problem.errno or 0), "Mend this."))
    return SnapshotDamaged(f"restore stopped at {where}: {reason}", f"{hint} The restore can be run again.")


def shown(path: object) -> str:
    """A path as one printable line, whatever bytes its name has."""
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    text = str(path) if isinstance(path, (str, Path)) else "the snapshot store"
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\n", "\\n").replace("\r", "\\r")
