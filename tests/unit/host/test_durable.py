"""Files are replaced at one stroke."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clawupgrade.host.durable import sync_parents, write_file


def test_content_and_exact_mode_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        write_file(folder / "a", b"new", mode=0o644)
    finally:
        os.umask(before)
    assert (folder / "a").read_bytes() == b"new"
    assert (folder / "a").stat().st_mode & 0o777 == 0o644
    assert os.listdir(folder) == ["a"]


def test_what_a_crash_left_is_replaced(folder: Path) -> None:
    (folder / "a.clawupgrade-new").write_bytes(b"half")
    write_file(folder / "a", b"whole")
    assert os.listdir(folder) == ["a"]


def test_a_link_that_lies_in_wait_is_not_followed(folder: Path) -> None:
    (folder / "victim").write_bytes(b"safe")
    (folder / "a.clawupgrade-new").symlink_to(folder / "victim")
    write_file(folder / "a", b"ours")
    assert (folder / "victim").read_bytes() == b"safe"
    assert not (folder / "a").is_symlink()


def test_a_link_that_is_laid_just_then_is_not_followed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "victim").write_bytes(b"safe")
    (folder / "a.clawupgrade-new").symlink_to(folder / "victim")
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    with pytest.raises(FileExistsError):
        write_file(folder / "a", b"ours")
    assert (folder / "victim").read_bytes() == b"safe"


def test_a_failed_write_leaves_the_old_file_and_no_litter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a").write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_file(folder / "a", b"new")
    assert (folder / "a").read_bytes() == b"old"
    assert os.listdir(folder) == ["a"]


def test_the_file_is_synced_before_it_is_renamed_and_its_folder_after(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (seen.append(Path(f"/proc/self/fd/{fd}").resolve().name), fsync(fd))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (seen.append("rename"), replace(a, b))[1])
    write_file(folder / "a", b"new")
    assert seen == ["a.clawupgrade-new", "rename", folder.name]


def test_missing_folders_are_left_out(folder: Path) -> None:
    sync_parents(str(folder / "not/there"), str(folder / "a"))
