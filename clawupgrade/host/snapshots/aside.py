"""Keeps what a restore replaces or removes, under the same names, so that a person can look or go back."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from clawupgrade.host.snapshots.folders import private_folder


class Aside:
    """A folder that takes over files; what it took first under a name is never overwritten."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)

    def keep(self, path: str, name: str) -> None:
        """Have a second name for a file before it is replaced; copied where a link is impossible."""
        if self._holds(path, name):
            return
        target = self._target(name)
        try:
            os.link(path, target, follow_symlinks=False)
        except OSError as problem:
            if problem.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP):
                raise
            self._copy(path, target)

    def take(self, path: str, name: str) -> None:
        """Move a file (not a folder) here; copied, then removed, where it lies on another file system."""
        target = self._target(name)
        try:
            os.rename(path, target)
        except OSError as problem:
            if problem.errno != errno.EXDEV:
                raise
            self._copy(path, target)
            os.unlink(path)

    def _holds(self, path: str, name: str) -> bool:
        """A restore that was cut short and is run again must not keep the same file twice."""
        try:
            return os.path.samestat(os.lstat(path), os.lstat(f"{self._root}/{name}"))
        except FileNotFoundError:
            return False

    def _target(self, name: str) -> str:
        target = f"{self._root}/{name}"
        private_folder(os.path.dirname(target))
        free, serial = target, 0
        while os.path.lexists(free):
            serial += 1
            free = f"{target}.{serial}"
        return free

    def _copy(self, path: str, target: str) -> None:
        temporary = f"{target}.clawupgrade-copy"
        if not os.path.islink(path) and not os.path.isfile(path):
            return  # a fifo or socket has nothing to keep
        shutil.copy2(path, temporary, follow_symlinks=False)
        os.rename(temporary, target)
