"""The system calls that Python does not know: exchange, no-replace rename, syncfs, reflink, statfs."""

from __future__ import annotations

import fcntl
import os
from functools import cache
from typing import Any

_AT_FDCWD = -100
_NOREPLACE = 1
_EXCHANGE = 2
_FICLONE = 0x40049409
_STATFS_BYTES = 256


def exchange(one: str, other: str) -> None:
    """Exchange two paths at one stroke (Linux 3.15). Raises OSError; ENOSYS or EINVAL where it cannot."""
    _renameat2(one, other, _EXCHANGE)


def rename_new(source: str, target: str) -> None:
    """Rename to a name that does not exist yet. Raises OSError, EEXIST if it does."""
    _renameat2(source, target, _NOREPLACE)


def sync_filesystem(descriptor: int) -> None:
    """Write out the whole file system that an open file is on. Raises OSError."""
    _check(_libc().syncfs(descriptor), "syncfs")


def reflink(source: int, target: int) -> bool:
    """Let an empty file share the blocks of another; False where the file system cannot."""
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False  # ext4 says EOPNOTSUPP, other file systems EXDEV, EINVAL or ENOTTY: copy instead
    return True


def filesystem_magic(path: str) -> int:
    """What kind of file system a path is on: the first word of statfs(2), as in linux/magic.h."""
    import ctypes

    buffer = ctypes.create_string_buffer(_STATFS_BYTES)
    _check(_libc().statfs(os.fsencode(path), buffer), path)
    return ctypes.c_ulong.from_buffer(buffer).value & 0xFFFFFFFF


def _renameat2(source: str, target: str, flags: int) -> None:
    result = _libc().renameat2(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), flags)
    if result != 0:
        number = _errno()
        raise OSError(number, os.strerror(number), source, None, target)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = _errno()
        raise OSError(number, os.strerror(number), what)


@cache
def _libc() -> Any:
    import ctypes  # most commands call none of these

    return ctypes.CDLL(None, use_errno=True)


def _errno() -> int:
    import ctypes

    return ctypes.get_errno()
