"""The system calls that Python does not know."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from clawupgrade.host import syscalls


def test_exchange_is_one_stroke(folder: Path) -> None:
    (folder / "a").write_text("a")
    (folder / "b").mkdir()
    syscalls.exchange(str(folder / "a"), str(folder / "b"))
    assert (folder / "a").is_dir()
    assert (folder / "b").read_text() == "a"


def test_errors_carry_number_and_names(folder: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        syscalls.exchange(str(folder / "a"), str(folder / "b"))
    assert (caught.value.filename, caught.value.filename2) == (str(folder / "a"), str(folder / "b"))
    (folder / "a").touch()
    (folder / "b").touch()
    with pytest.raises(FileExistsError):
        syscalls.rename_new(str(folder / "a"), str(folder / "b"))


def test_sync_and_reflink_answer(folder: Path) -> None:
    (folder / "a").write_bytes(b"content")
    source = os.open(folder / "a", os.O_RDONLY)
    target = os.open(folder / "b", os.O_RDWR | os.O_CREAT)
    try:
        syscalls.sync_filesystem(source)
        if syscalls.reflink(source, target):
            assert (folder / "b").read_bytes() == b"content"
        else:
            assert (folder / "b").read_bytes() == b""
    finally:
        os.close(source)
        os.close(target)
    with pytest.raises(OSError, match="Bad file descriptor") as caught:
        syscalls.sync_filesystem(source)
    assert caught.value.errno == errno.EBADF


def test_the_kind_of_file_system_is_known() -> None:
    assert syscalls.filesystem_magic("/proc") == 0x9FA0
    with pytest.raises(FileNotFoundError):
        syscalls.filesystem_magic("/no/where")
