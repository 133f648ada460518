"""Puts one source back to the bit. Idempotent: cut short anywhere and run again, it ends the same."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from msgspec import Struct

from clawupgrade.host.snapshots.aside import Aside
from clawupgrade.host.snapshots.attributes import Note, apply, same_owner_and_mode, xattrs_of
from clawupgrade.host.snapshots.entries import ROOT, Entry, Kind
from clawupgrade.host.snapshots.errors import SnapshotDamaged, shown, unrestorable
from clawupgrade.host.snapshots.folders import put_on_disk
from clawupgrade.host.snapshots.looking import absolute
from clawupgrade.host.snapshots.objects import ObjectStore
from clawupgrade.host.snapshots.removal import Removal
from clawupgrade.host.snapshots.seen import Seen, recognised
from clawupgrade.host.snapshots.sources import SIDECARS, Spared
from clawupgrade.host.snapshots.streams import digest_of
from clawupgrade.host.snapshots.walk import TEMPORARY


class Done(Struct):
    """What was done so far."""

    written: int = 0
    removed: int = 0
    unchanged: int = 0


class Restore:
    """One source, one root. What is replaced or removed goes to `aside` where one is given."""

    def __init__(
        self,
        root: str,
        label: str,
        objects: ObjectStore,
        spared: Spared,
        seen: Seen,
        aside: Aside | None,
        note: Note,
    ) -> None:
        self._root = root
        self._objects = objects
        self._spared = spared
        self._seen = seen
        self._note = note
        self._removal = Removal(root, label, spared, aside)
        self._serial = 0
        self._touched: list[str] = []
        self._touched_folders: set[str] = set()
        self._owner = os.geteuid() == 0

    def run(self, entries: Iterable[Entry]) -> Done:
        """Make the root what the entries say; durable when this returns.

        New content is written beside the old and renamed over it; then what is not named goes; times and
        modes of folders come last, since every step before changes them. No fsync per file: one for the
        whole file system at the end, and a restore that was cut short compares contents, not times.
        Raises SnapshotDamaged; then it can be run again.
        """
        wanted = {entry.path: entry for entry in entries}
        done = Done()
        try:
            top = wanted[ROOT]
            if top.kind is Kind.ABSENT:
                self._removal.remove(ROOT)
            else:
                make_parents(os.path.dirname(self._root))
                for entry in wanted.values():
                    self._put(entry, done)
                self._remove_others(wanted)
                for entry in reversed(wanted.values()):
                    if entry.kind is Kind.DIR:
                        self._finish_folder(entry)
            self._settle()
        except OSError as problem:
            raise unrestorable(problem) from problem
        done.removed = self._removal.count
        return done

    def _put(self, entry: Entry, done: Done) -> None:
        path = absolute(self._root, entry.path)
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            found = None
        match entry.kind:
            case Kind.DIR:
                self._put_folder(entry, path, found)
                return
            case Kind.SOCKET | Kind.DEVICE:
                if found is None:
                    self._note(path, f"{entry.kind.value} not recreated: its program does that")
                return
            case Kind.DATABASE:
                for suffix in SIDECARS:  # a log of later writes would be replayed into the restored file
                    self._removal.remove_file(entry.path + suffix)
        if found is not None and self._is_same(entry, path, found):
            self._mend(entry, path, found)
            done.unchanged += 1
            return
        temporary = f"{os.path.dirname(path)}/{TEMPORARY}{self._serial}"
        self._serial += 1
        if os.path.lexists(temporary):
            os.unlink(temporary)
        self._make(entry, temporary)
        apply(entry, temporary, self._note)
        if found is not None:
            if stat.S_ISDIR(found.st_mode):
                self._removal.remove(entry.path, whole=True)
            else:
                self._removal.keep(entry.path)
        os.rename(temporary, path)
        self._touch(entry, path)
        done.written += 1

    def _put_folder(self, entry: Entry, path: str, found: os.stat_result | None) -> None:
        if found is not None and not stat.S_ISDIR(found.st_mode):
            self._removal.remove_file(entry.path)
            found = None
        if found is None:
            os.mkdir(path, 0o700)
        elif not self._owner and found.st_mode & 0o700 != 0o700:
            os.chmod(path, found.st_mode | 0o700)

    def _is_same(self, entry: Entry, path: str, found: os.stat_result) -> bool:
        """Whether content and attributes are as recorded already; owner, mode and time can be mended."""
        mode = found.st_mode
        match entry.kind:
            case Kind.SYMLINK:
                same = stat.S_ISLNK(mode) and os.readlink(path) == entry.target
            case Kind.FIFO:
                same = stat.S_ISFIFO(mode)
            case _:
                same = stat.S_ISREG(mode) and found.st_size == entry.size and self._has_content(entry, path, found)
        return same and xattrs_of(path) == entry.xattrs

    def _has_content(self, entry: Entry, path: str, found: os.stat_result) -> bool:
        sighting = recognised(self._seen, entry.path, path, found)
        if sighting is not None and entry.kind is Kind.FILE:
            return sighting.sha256 == entry.sha256
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except PermissionError:
            return False  # replaced as a whole, which needs no permission on the old file
        try:
            return digest_of(descriptor)[0] == entry.sha256
        finally:
            os.close(descriptor)

    def _mend(self, entry: Entry, path: str, found: os.stat_result) -> None:
        if not same_owner_and_mode(entry, found, owner=True) or found.st_mtime_ns != entry.mtime_ns:
            apply(entry, path, self._note)
            self._touch(entry, path)

    def _touch(self, entry: Entry, path: str) -> None:
        if entry.kind.has_content:
            self._touched.append(path)
        self._touched_folders.add(path if entry.kind is Kind.DIR else os.path.dirname(path))

    def _settle(self) -> None:
        folders, filesystems = set[str](), dict[int, str]()
        for folder in self._touched_folders | self._removal.touched:
            if os.path.isdir(folder) and not os.path.islink(folder):
                folders.add(folder)
                filesystems.setdefault(os.lstat(folder).st_dev, folder)
        put_on_disk(self._touched, folders, filesystems.values())

    def _make(self, entry: Entry, temporary: str) -> None:
        match entry.kind:
            case Kind.SYMLINK:
                os.symlink(entry.target, temporary)
            case Kind.FIFO:
                os.mkfifo(temporary, 0o600)
            case _:
                self._write(entry, temporary)

    def _write(self, entry: Entry, temporary: str) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        target = os.open(temporary, flags, 0o600)
        try:
            copied = self._objects.copy_to(entry.sha256, target, entry.size + 1, sparse=entry.sparse)
        except FileNotFoundError as problem:
            os.unlink(temporary)
            raise _damaged(entry, "its content is missing from the store") from problem
        finally:
            os.close(target)
        if copied != (entry.sha256, entry.size):
            os.unlink(temporary)
            raise _damaged(entry, "its content is not what was stored")

    def _remove_others(self, wanted: dict[str, Entry]) -> None:
        pending = [entry.path for entry in wanted.values() if entry.kind is Kind.DIR]
        for folder in pending:
            for name in os.listdir(absolute(self._root, folder)):
                path = name if folder == ROOT else f"{folder}/{name}"
                if path not in wanted and not self._spared.covers(path):
                    self._removal.remove(path)

    def _finish_folder(self, entry: Entry) -> None:
        path = absolute(self._root, entry.path)
        found = os.lstat(path)
        if (
            not same_owner_and_mode(entry, found, owner=True)
            or found.st_mtime_ns != entry.mtime_ns
            or xattrs_of(path) != entry.xattrs
        ):
            apply(entry, path, self._note)
            self._touch(entry, path)


def make_parents(folder: str) -> None:
    """Missing folders above a source belong to whom the folder above them belongs: root must not take them."""
    if os.path.isdir(folder):
        return
    above = os.path.dirname(folder)
    make_parents(above)
    os.mkdir(folder, 0o755)
    owner = os.lstat(above)
    if os.geteuid() == 0:
        os.chown(folder, owner.st_uid, owner.st_gid)


def _damaged(entry: Entry, what: str) -> SnapshotDamaged:
    return SnapshotDamaged(
        f"the snapshot is damaged: {shown(f'{entry.source}/{entry.path}')}: {what}",
        "Restore from another snapshot (`clawupgrade snapshot list`); files not yet written are untouched.",
    )
