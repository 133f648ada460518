"""Takes away what a snapshot does not name, and never what was left out of it."""

from __future__ import annotations

import errno
import os
import stat

from clawupgrade.host.snapshots.aside import Aside
from clawupgrade.host.snapshots.entries import ROOT
from clawupgrade.host.snapshots.errors import SnapshotDamaged, shown
from clawupgrade.host.snapshots.sources import Spared
from clawupgrade.host.snapshots.walk import TEMPORARY


class Removal:
    """Removes below one root; counts what it took."""

    def __init__(self, root: str, label: str, spared: Spared, aside: Aside | None) -> None:
        self._root = root
        self._label = label
        self._spared = spared
        self._aside = aside
        self.count = 0
        self.touched: set[str] = set()  # folders that lost a name

    def absolute(self, path: str) -> str:
        """A relative path below this root."""
        return self._root if path == ROOT else f"{self._root}/{path}"

    def keep(self, path: str) -> None:
        """Keep a file aside that is about to be replaced in one rename."""
        if self._aside is not None:
            self._aside.keep(self.absolute(path), self._name(path))

    def remove(self, path: str, *, whole: bool = False) -> None:
        """Remove a path with all below it but what is spared; `whole` insists on the path itself going."""
        if not self._remove(path) and whole:
            raise SnapshotDamaged(
                f"restore stopped: files that were left out of the snapshot stand in the way of "
                f"{shown(self.absolute(path))}",
                "Move that folder away by hand, then run the restore again.",
            )

    def _remove(self, path: str) -> bool:
        where = self.absolute(path)
        try:
            mode = os.lstat(where).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return True
        if not stat.S_ISDIR(mode):
            self.remove_file(path)
            return True
        if os.geteuid() != 0 and mode & 0o700 != 0o700:
            os.chmod(where, mode | 0o700)
        emptied = True
        for name in sorted(os.listdir(where)):
            below = name if path == ROOT else f"{path}/{name}"
            emptied &= not self._spared.covers(below) and self._remove(below)
        if emptied:
            try:
                os.rmdir(where)
                self.count += 1
                self.touched.add(os.path.dirname(where))
            except OSError as problem:
                if problem.errno != errno.EBUSY:  # a mount point stays, empty
                    raise
        return emptied

    def remove_file(self, path: str) -> None:
        """Remove one file; nothing happens if it is not there."""
        where = self.absolute(path)
        if not os.path.lexists(where):
            return
        if self._aside is not None and not os.path.basename(where).startswith(TEMPORARY):
            self._aside.take(where, self._name(path))
        else:
            os.unlink(where)
        self.count += 1
        self.touched.add(os.path.dirname(where))

    def _name(self, path: str) -> str:
        return self._label if path == ROOT else f"{self._label}/{path}"
