"""Whole trees, 13,000 files at a time: copied, hashed, measured, removed, and put on the disk."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING

from clawupgrade.errors import StepFailed
from clawupgrade.host import syscalls

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_THREADS = 2
_BLOCK = 4096
_BATCH = 256
_CHUNK = 1024 * 1024


def walk(root: str) -> Iterator[os.DirEntry[str]]:
    """Everything below a folder, each folder before what it holds. Links are not followed."""
    pending = [root]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)


def manifest(root: str) -> dict[str, str]:
    """Relative path → `kind:mode:size:sha256`.

    `file:644:120:9f86…`, `dir:755::`, `link:777:9:../x/y.js`; other kinds are `other:MODE::`.

    Raises:
        StepFailed: something in there cannot be read.
    """
    entries = list(walk(root))
    batches = [entries[start : start + _BATCH] for start in range(0, len(entries), _BATCH)]
    found: dict[str, str] = {}
    try:
        with _threads() as pool:
            for lines in pool.map(_describe, batches):
                found.update(lines)
    except OSError as error:
        raise StepFailed(f"{error.filename} cannot be read: {error.strerror}") from error
    return {path[len(root.rstrip("/")) + 1 :]: line for path, line in sorted(found.items())}


def copy(source: str, target: str) -> None:
    """Copy a tree or a file: content, modes, times, links, and owners when we are root.

    Blocks are shared where the file system can (btrfs, xfs). Sockets and pipes are left out: they
    belong to a process, not to the state.
    """
    info = os.lstat(source)
    if not stat.S_ISDIR(info.st_mode):
        _copy_one(source, target, info)
        return
    os.mkdir(target, 0o700)
    folders = [(source, target, info)]
    files: list[tuple[str, str, os.stat_result]] = []
    for entry in walk(source):
        found = entry.stat(follow_symlinks=False)
        there = target + entry.path[len(source) :]
        if stat.S_ISDIR(found.st_mode):
            os.mkdir(there, 0o700)
            folders.append((entry.path, there, found))
        else:
            files.append((entry.path, there, found))
    with _threads() as pool:
        for _ in pool.map(lambda each: _copy_one(*each), files, chunksize=_BATCH):
            pass
    for here, there, found in reversed(folders):  # the innermost first: times are set when all is in
        _copy_marks(here, there, found)


def remove(path: str) -> None:
    """Remove a file or a tree, also read-only folders in it; nothing there is fine."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):  # macOS says EPERM for a folder
        if os.path.isdir(path) and not os.path.islink(path):
            _remove_folder(path)
        else:
            raise


def size(root: str) -> int:
    """Bytes that a copy takes, in whole blocks."""
    try:
        info = os.lstat(root)
    except FileNotFoundError:
        return 0
    if not stat.S_ISDIR(info.st_mode):
        return _blocks(info)
    total = _BLOCK
    for entry in walk(root):
        try:
            total += _blocks(entry.stat(follow_symlinks=False))
        except FileNotFoundError:
            continue  # a live gateway tidies up while we count
    return total


def sync(path: str) -> None:
    """All below is on the disk when this returns, and so is its own name."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        syscalls.sync_filesystem(descriptor)
    finally:
        os.close(descriptor)


def _describe(entries: list[os.DirEntry[str]]) -> dict[str, str]:
    lines: dict[str, str] = {}
    for entry in entries:
        info = entry.stat(follow_symlinks=False)
        mode = f"{stat.S_IMODE(info.st_mode):o}"
        if stat.S_ISREG(info.st_mode):
            with open(entry.path, "rb", buffering=0) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines[entry.path] = f"file:{mode}:{info.st_size}:{digest}"
        elif stat.S_ISLNK(info.st_mode):
            lines[entry.path] = f"link:{mode}:{info.st_size}:{os.readlink(entry.path)}"
        else:
            kind = "dir" if stat.S_ISDIR(info.st_mode) else "other"
            lines[entry.path] = f"{kind}:{mode}::"
    return lines


def _copy_one(source: str, target: str, info: os.stat_result) -> None:
    if stat.S_ISLNK(info.st_mode):
        os.symlink(os.readlink(source), target)
    elif stat.S_ISREG(info.st_mode):
        _copy_content(source, target)
    else:
        return
    _copy_marks(source, target, info)


def _copy_content(source: str, target: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    here = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        there = os.open(target, flags, 0o600)
        try:
            if not syscalls.reflink(here, there):
                _copy_bytes(here, there)
        finally:
            os.close(there)
    finally:
        os.close(here)


def _copy_bytes(here: int, there: int) -> None:
    try:
        while os.copy_file_range(here, there, _CHUNK * 64):
            pass
        return
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM):
            raise
    while chunk := os.read(here, _CHUNK):
        view = memoryview(chunk)
        while view:
            view = view[os.write(there, view) :]


def _copy_marks(source: str, target: str, info: os.stat_result) -> None:
    if os.geteuid() == 0:
        os.chown(target, info.st_uid, info.st_gid, follow_symlinks=False)
    shutil.copystat(source, target, follow_symlinks=False)


def _remove_folder(path: str) -> None:
    shutil.rmtree(path, onerror=lambda _, name, problem: _make_way(name, problem[1]))


def _make_way(name: str, problem: BaseException) -> None:
    if isinstance(problem, FileNotFoundError):
        return
    if not isinstance(problem, PermissionError):
        raise problem
    os.chmod(os.path.dirname(name), 0o700)
    if os.path.isdir(name) and not os.path.islink(name):
        os.chmod(name, 0o700)
        _remove_folder(name)
    else:
        os.unlink(name)


def _blocks(info: os.stat_result) -> int:
    if stat.S_ISREG(info.st_mode):
        return -(-info.st_size // _BLOCK) * _BLOCK
    return _BLOCK


def _threads() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # whoever only reads a file has no use for it

    return ThreadPoolExecutor(_THREADS)
