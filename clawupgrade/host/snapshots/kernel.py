"""Two calls Python does not offer: a copy that shares its blocks, one sync for a whole file system."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os

_FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)
_NOT_HERE = {errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EPERM}


def reflink(source: int, target: int) -> bool:
    """Let the empty file `target` share the blocks of `source`; False where the file system cannot."""
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as problem:
        if problem.errno in _NOT_HERE:
            return False
        raise
    return True


def sync_filesystem(folder: str | os.PathLike[str]) -> None:
    """Make everything written so far to `folder`'s file system durable; raises OSError if the disk failed.

    One syncfs(2) instead of 20,000 fsyncs; since Linux 5.8 it reports write errors. Elsewhere sync(2).
    """
    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if call is None:
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if call(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), os.fspath(folder))
    finally:
        os.close(descriptor)
