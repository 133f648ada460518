"""The disk: every change is durable when the call returns, every removal is idempotent."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from clawupgrade.errors import StepFailed
from clawupgrade.host import syscalls
from clawupgrade.host.durable import sync_folder, sync_parents, write_file
from clawupgrade.host.trees import copy, manifest, remove, size, sync
from clawupgrade.model import Account
from clawupgrade.ports import Command, Commands

_ASIDE = ".clawupgrade-aside"
_TRY = 'd=$(mktemp -d "$1/.clawupgrade-try.XXXXXX") && mv "$d" "$d.moved" && rmdir "$d.moved"'


class LocalFiles:
    """The `Files` port. `commands` is asked only to try out a folder as another account."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def read(self, path: str) -> bytes | None:
        """The file's bytes, or None when there is none."""
        try:
            return Path(path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, path: str, content: bytes, *, like: str | None = None, mode: int = 0o600) -> None:
        """Replace a file at one stroke. A link stays a link: the file that it names is replaced.

        A new file without `like` belongs to whom its folder belongs, so that root leaves nothing in
        a user's state which that user cannot read.
        """
        target = os.path.realpath(path)
        model = _stat_or_none(like) if like is not None else None
        owner = model or os.stat(os.path.dirname(target))
        write_file(
            target,
            content,
            mode=stat.S_IMODE(model.st_mode) if model is not None else mode,
            owner=(owner.st_uid, owner.st_gid),
        )

    def exists(self, path: str) -> bool:
        """Whether anything, also a dangling link, is there."""
        return os.path.lexists(path)

    def names(self, folder: str) -> tuple[str, ...]:
        """The sorted names in a folder; empty when it does not exist."""
        try:
            return tuple(sorted(os.listdir(folder)))
        except (FileNotFoundError, NotADirectoryError):
            return ()

    def mode(self, path: str) -> int | None:
        """The permission bits of what is there, links followed; None for nothing."""
        found = _stat_or_none(path)
        return stat.S_IMODE(found.st_mode) if found is not None else None

    def real(self, path: str) -> str:
        """The path with every link resolved."""
        return os.path.realpath(path)

    def make_folder(self, path: str, *, mode: int = 0o700, account: Account | None = None) -> None:
        """Make a folder and its missing parents, all with this mode; what exists is left as it is.

        Without an account they belong to whom the folder around them belongs.
        """
        missing: list[Path] = []
        folder = Path(path)
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            each.mkdir(exist_ok=True)
            each.chmod(mode)  # mkdir's own mode is cut by the umask
            _give(each, (account.uid, account.gid) if account is not None else None)
            sync_folder(each.parent)

    def set_mode(self, path: str, mode: int) -> None:
        """Give what exists other permission bits."""
        os.chmod(path, mode)
        sync_folder(os.path.dirname(path))

    def remove(self, path: str) -> None:
        """Remove a file or a tree; nothing there is fine.

        A tree is first renamed aside: what was cut off half-way never looks like the whole.
        """
        aside = path + _ASIDE
        remove(aside)
        if os.path.isdir(path) and not os.path.islink(path):
            try:
                os.rename(path, aside)
            except OSError as error:
                if error.errno != errno.EXDEV:  # overlayfs: a folder of a lower layer cannot be moved
                    raise
                aside = path
            remove(aside)
        else:
            remove(path)
        sync_parents(path)

    def rename(self, source: str, target: str) -> None:
        """One rename within a file system; the target must not exist.

        Raises:
            StepFailed: it exists, or the file system cannot move it there.
        """
        try:
            syscalls.rename_new(source, target)
        except OSError as error:
            if error.errno not in (errno.ENOSYS, errno.EINVAL):
                raise _refused(error) from error
            if os.path.lexists(target):
                raise StepFailed(f"{target} exists already; {source} was not moved") from error
            os.rename(source, target)
        sync_parents(source, target)

    def exchange(self, one: str, other: str) -> None:
        """Exchange two existing paths, in one system call where the file system can.

        Where it cannot, `other` makes way first, under the name `other.clawupgrade-aside`: cut off,
        `one` is still in its place, or missing while its content lies at `other`. So `one` is the path
        whose content must not be lost sight of.

        Raises:
            StepFailed: the file system can do neither.
        """
        try:
            syscalls.exchange(one, other)
        except OSError as error:
            if error.errno not in (errno.ENOSYS, errno.EINVAL):
                raise _refused(error) from error
            self._exchange_by_three(one, other)
        sync_parents(one, other)

    def _exchange_by_three(self, one: str, other: str) -> None:
        aside = other + _ASIDE
        try:
            if os.path.lexists(aside):
                remove(aside)
            os.rename(other, aside)
            os.rename(one, other)
            os.rename(aside, one)
        except OSError as error:
            raise _refused(error) from error

    def copy_tree(self, source: str, target: str) -> None:
        """An exact copy, durable; the target appears when it is whole, and must not exist."""
        aside = target + _ASIDE
        remove(aside)
        copy(source, aside)
        sync(aside)
        self.rename(aside, target)

    def link(self, path: str, target: str) -> None:
        """Make or replace the symbolic link `path` at one stroke."""
        aside = path + _ASIDE
        remove(aside)
        os.symlink(target, aside)
        _give(aside, None)
        os.rename(aside, path)
        sync_parents(path)

    def sync_tree(self, path: str) -> None:
        """All below is on the disk when this returns."""
        sync(path)

    def manifest(self, path: str) -> Mapping[str, str]:
        """Relative path → `kind:mode:size:sha256` of all below; a link has its target for a hash."""
        return manifest(path)

    def free_bytes(self, path: str) -> int:
        """Free bytes for this account on the file system that holds, or will hold, the path."""
        folder = Path(path)
        while not folder.exists():
            folder = folder.parent
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize

    def tree_bytes(self, path: str) -> int:
        """Bytes that a copy of the tree would take, in whole blocks; 0 where there is nothing."""
        return size(path)

    def writable(self, folder: str, account: Account | None = None) -> bool:
        """Whether a folder can be made, renamed and removed in there: proved by doing it."""
        return self._commands.run(
            Command(("/bin/sh", "-c", _TRY, "sh", folder), account=account, cwd="/", wall=30.0)
        ).ok

    def movable(self, path: str) -> bool:
        """Whether a folder can be renamed where it is, found out without moving it.

        The rename onto a folder with something in it is always refused; how it is refused tells.
        On overlayfs (containers) a folder that came with the image says EXDEV.
        """
        full = path + _ASIDE
        remove(full)
        try:
            os.makedirs(os.path.join(full, "full"))
            os.rename(path, full)
        except OSError as error:
            return error.errno in (errno.ENOTEMPTY, errno.EEXIST)
        finally:
            remove(full)
        raise AssertionError("a rename onto a full folder was let through")


def _stat_or_none(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _give(path: str | Path, owner: tuple[int, int] | None) -> None:
    if os.geteuid() == 0:
        around = os.stat(os.path.dirname(path))
        uid, gid = owner or (around.st_uid, around.st_gid)
        os.chown(path, uid, gid, follow_symlinks=False)


def _refused(error: OSError) -> StepFailed:
    what = f"{error.filename} cannot be moved to {error.filename2}: {error.strerror}"
    if error.errno == errno.EXDEV:
        return StepFailed(what, "both must be on one file system, and not in a container's image")
    return StepFailed(what, transient=error.errno in (errno.ENOSPC, errno.EIO, errno.EDQUOT))
