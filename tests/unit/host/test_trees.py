"""Whole trees: copied, hashed, measured, removed."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from pathlib import Path

import pytest

from clawupgrade.errors import StepFailed
from clawupgrade.host import trees


@pytest.fixture
def tree(folder: Path) -> Path:
    root = folder / "tree"
    (root / "deep/er").mkdir(parents=True)
    (root / "empty").mkdir(mode=0o700)
    (root / "a").write_bytes(b"content")
    (root / "a").chmod(0o640)
    (root / "deep/er/b").write_bytes(b"")
    (root / "deep/er/b").chmod(0o755)
    (root / "link").symlink_to("deep/er/b")
    (root / "dangling").symlink_to("/no/where")
    (root / "ümlaut \n line").write_bytes(b"x")
    os.utime(root / "a", ns=(1, 1_234_567_890_123_456_789))
    os.utime(root / "deep", ns=(1, 1_000_000_000_000_000_000))
    return root


def test_the_manifest_names_kind_mode_size_and_hash(tree: Path) -> None:
    found = trees.manifest(str(tree))
    assert found["a"] == f"file:640:7:{hashlib.sha256(b'content').hexdigest()}"
    assert found["deep/er/b"] == f"file:755:0:{hashlib.sha256(b'').hexdigest()}"
    assert found["empty"] == "dir:700::"
    assert found["link"] == "link:777:9:deep/er/b"
    assert found["dangling"] == "link:777:9:/no/where"
    assert len(found) == 8


def test_a_truncated_a_zeroed_and_a_missing_file_show(tree: Path) -> None:
    """clawbox#894: 5,346 zero-length files after a power cut."""
    before = trees.manifest(str(tree))
    (tree / "a").write_bytes(b"")
    (tree / "deep/er/b").unlink()
    after = trees.manifest(str(tree))
    assert {path for path in before if after.get(path) != before[path]} == {"a", "deep/er/b"}


def test_what_cannot_be_read_is_said(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error", "a")

    monkeypatch.setattr(hashlib, "file_digest", broken)
    with pytest.raises(StepFailed, match="a cannot be read: Input/output error"):
        trees.manifest(str(tree))


def test_a_copy_has_the_same_manifest_and_times(tree: Path, folder: Path) -> None:
    copy = folder / "copy"
    trees.copy(str(tree), str(copy))
    assert trees.manifest(str(copy)) == trees.manifest(str(tree))
    for name in ("a", "deep", "deep/er"):
        assert (copy / name).stat().st_mtime_ns == (tree / name).stat().st_mtime_ns
    assert os.lstat(copy / "dangling").st_mtime_ns == os.lstat(tree / "dangling").st_mtime_ns


def test_a_read_only_folder_is_copied_with_what_it_holds(tree: Path, folder: Path) -> None:
    (tree / "deep").chmod(0o555)
    trees.copy(str(tree), str(folder / "copy"))
    assert (folder / "copy/deep/er/b").exists()
    assert (folder / "copy/deep").stat().st_mode & 0o777 == 0o555


@pytest.mark.skipif(os.geteuid() != 0, reason="a mode does not hinder root: it has to become somebody else")
def test_a_read_only_folder_is_copied_by_its_owner_too() -> None:
    with tempfile.TemporaryDirectory() as name:
        os.chown(name, 65534, 65534)
        os.seteuid(65534)
        try:
            source = Path(name, "source")
            (source / "deep").mkdir(parents=True)
            (source / "deep/b").touch()
            (source / "deep").chmod(0o555)
            trees.copy(str(source), f"{name}/copy")
            assert trees.manifest(f"{name}/copy") == trees.manifest(str(source))
            trees.remove(f"{name}/copy")
            assert not Path(name, "copy").exists()
        finally:
            os.seteuid(0)


def test_sockets_and_pipes_are_left_out(folder: Path) -> None:
    (folder / "t").mkdir()
    os.mkfifo(folder / "t/pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "t/s"))
        trees.copy(str(folder / "t"), str(folder / "copy"))
    assert os.listdir(folder / "copy") == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_keeps_owners(tree: Path, folder: Path) -> None:
    os.chown(tree / "a", 54321, 54322)
    os.chown(tree / "link", 54321, 54322, follow_symlinks=False)
    trees.copy(str(tree), str(folder / "copy"))
    assert ((folder / "copy/a").stat().st_uid, (folder / "copy/a").stat().st_gid) == (54321, 54322)
    assert os.lstat(folder / "copy/link").st_uid == 54321
    assert (folder / "copy/a").stat().st_mode & 0o777 == 0o640


def test_bytes_are_copied_where_nothing_faster_works(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a").write_bytes(os.urandom(3_000_000))

    def refused(*_: object) -> int:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "copy_file_range", refused)
    trees.copy(str(folder / "a"), str(folder / "b"))
    assert (folder / "b").read_bytes() == (folder / "a").read_bytes()


def test_removing_twice_is_fine_and_links_are_not_followed(tree: Path, folder: Path) -> None:
    (folder / "outside").mkdir()
    (folder / "outside/kept").touch()
    (tree / "out").symlink_to(folder / "outside")
    trees.remove(str(tree))
    trees.remove(str(tree))
    assert not tree.exists()
    assert (folder / "outside/kept").exists()


def test_the_size_is_in_whole_blocks_and_nothing_weighs_nothing(tree: Path, folder: Path) -> None:
    (folder / "one").write_bytes(b"x" * 4097)
    assert trees.size(str(folder / "one")) == 8192
    assert trees.size(str(folder / "none")) == 0
    assert trees.size(str(tree)) == 4096 * 8
