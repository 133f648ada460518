"""Files and databases as they are in the clone, read from outside of it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping
from typing import Any

from clawupgrade.cloned import Clone
from clawupgrade.host.clones.room import upper_of
from clawupgrade.ports import Databases, Files


class ClonedFiles:
    """Reads of the `Files` port; whatever would change something is refused."""

    def __init__(self, clone: Clone, files: Files) -> None:
        self._clone = clone
        self._files = files

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a clone is looked at through this, and not changed: {name}")

    def place(self, path: str) -> str | None:
        """Where that file lies: the clone's own, the installation's, or nowhere."""
        own = upper_of(self._clone, path)
        if own is None:
            return path
        try:
            return None if stat.S_ISCHR(os.lstat(own).st_mode) else own
        except NotADirectoryError:
            return None
        except FileNotFoundError:
            return None if self._clone.is_whole or self._is_hidden(own) else path

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None."""
        place = self.place(path)
        return None if place is None else self._files.read(place)

    def exists(self, path: str) -> bool:
        """Whether anything is there."""
        place = self.place(path)
        return place is not None and self._files.exists(place)

    def mode(self, path: str) -> int | None:
        """The permission bits."""
        place = self.place(path)
        return None if place is None else self._files.mode(place)

    def real(self, path: str) -> str:
        """The path with every link resolved, as the installation has it."""
        return self._files.real(path)

    def names(self, folder: str) -> tuple[str, ...]:
        """The names in a folder, of both layers."""
        own = upper_of(self._clone, folder)
        both = {*self._files.names(folder), *(self._files.names(own) if own is not None else ())}
        return tuple(sorted(name for name in both if self.exists(f"{folder}/{name}")))

    def _is_hidden(self, own: str) -> bool:
        """Whether a folder above was removed, or made anew, in the clone."""
        top = f"{self._clone.room}/upper/"
        while (own := os.path.dirname(own)).startswith(top):
            try:
                info = os.lstat(own)
            except (FileNotFoundError, NotADirectoryError):
                continue
            if stat.S_ISCHR(info.st_mode):
                return True
            try:
                return os.getxattr(own, "user.overlay.opaque") == b"y"
            except OSError:
                return False
        return False

    @staticmethod
    def replace(own: str, path: str, content: bytes) -> None:
        """Write the clone's own version, with the marks of what stands there."""
        new = f"{own}.new"
        with open(new, "wb") as file:
            file.write(content)
        found = os.stat(own if os.path.exists(own) else path)
        if os.geteuid() == 0:
            os.chown(new, found.st_uid, found.st_gid)
        shutil.copymode(own if os.path.exists(own) else path, new)
        os.replace(new, own)


class ClonedDatabases:
    """The `Databases` port over the clone's files."""

    def __init__(self, files: ClonedFiles, databases: Databases) -> None:
        self._files = files
        self._databases = databases

    def rows(self, path: str, table: str) -> tuple[Mapping[str, Any], ...] | None:
        """Every row of a table, or None."""
        place = self._files.place(path)
        return None if place is None else self._databases.rows(place, table)
