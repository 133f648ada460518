"""The disk as the core sees it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from clawupgrade.errors import StepFailed
from clawupgrade.host import syscalls
from clawupgrade.host.commands import LocalCommands
from clawupgrade.host.files import LocalFiles
from clawupgrade.model import Account


@pytest.fixture
def files(commands: LocalCommands) -> LocalFiles:
    return LocalFiles(commands)


@pytest.fixture
def no_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: str) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(syscalls, "exchange", unknown)
    monkeypatch.setattr(syscalls, "rename_new", unknown)


@pytest.fixture
def two(folder: Path) -> tuple[Path, Path]:
    for name in ("live", "stage"):
        (folder / name).mkdir()
        (folder / name / "version").write_text(name)
    return folder / "live", folder / "stage"


def test_read_says_none_for_what_is_not_there(files: LocalFiles, folder: Path) -> None:
    (folder / "a").write_bytes(b"x")
    assert files.read(str(folder / "a")) == b"x"
    assert files.read(str(folder / "b")) is None
    assert files.read(str(folder / "a/b")) is None


def test_write_takes_the_mode_of_its_model(files: LocalFiles, folder: Path) -> None:
    (folder / "model").touch()
    (folder / "model").chmod(0o640)
    files.write(str(folder / "a"), b"1", like=str(folder / "model"))
    files.write(str(folder / "b"), b"1", like=str(folder / "missing"))
    files.write(str(folder / "c"), b"1", mode=0o644)
    assert [(folder / name).stat().st_mode & 0o777 for name in "abc"] == [0o640, 0o600, 0o644]


def test_a_config_that_is_a_link_stays_one(files: LocalFiles, folder: Path) -> None:
    (folder / "dotfiles").mkdir()
    real, link = folder / "dotfiles/openclaw.json", folder / "openclaw.json"
    real.write_bytes(b"old")
    link.symlink_to("dotfiles/openclaw.json")
    files.write(str(link), b"new", like=str(link))
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_leaves_a_users_files_to_the_user(files: LocalFiles, folder: Path) -> None:
    (folder / "home").mkdir()
    os.chown(folder / "home", 54321, 54322)
    (folder / "home/config").touch()
    os.chown(folder / "home/config", 54321, 54323)
    files.write(str(folder / "home/config"), b"x", like=str(folder / "home/config"))
    files.write(str(folder / "home/new"), b"x")
    files.make_folder(str(folder / "home/a/b"))
    files.link(str(folder / "home/l"), "nowhere")
    names = ("config", "new", "a", "a/b", "l")
    owners = [(s.st_uid, s.st_gid) for s in (os.lstat(folder / "home" / name) for name in names)]
    assert owners == [(54321, 54323), *[(54321, 54322)] * 4]


def test_exists_counts_a_dangling_link_and_names_are_sorted(files: LocalFiles, folder: Path) -> None:
    (folder / "b").symlink_to("nowhere")
    (folder / "a").touch()
    assert files.exists(str(folder / "b"))
    assert not files.exists(str(folder / "c"))
    assert files.names(str(folder)) == ("a", "b")
    assert files.names(str(folder / "c")) == ()
    assert files.names(str(folder / "a")) == ()


def test_made_folders_have_their_mode_and_parents(files: LocalFiles, folder: Path) -> None:
    files.make_folder(str(folder / "a/b/c"))
    files.make_folder(str(folder / "a"), mode=0o755)
    assert [(folder / name).stat().st_mode & 0o777 for name in ("a", "a/b", "a/b/c")] == [0o700] * 3


def test_remove_is_idempotent_and_finishes_what_was_cut_off(files: LocalFiles, two: tuple[Path, Path]) -> None:
    live, stage = two
    live.rename(f"{live}.clawupgrade-aside")  # as a kill between the rename and the removal leaves it
    files.remove(str(live))
    files.remove(str(live))
    files.remove(str(stage / "version"))
    assert sorted(os.listdir(live.parent)) == ["stage"]
    assert os.listdir(stage) == []


def test_a_tree_that_is_being_removed_is_out_of_sight_at_once(
    files: LocalFiles, two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    live, _ = two
    seen: list[bool] = []
    unlink = os.unlink

    def watched(name: object, **kwargs: object) -> None:
        if "version" in str(name):
            seen.append(live.exists())
        unlink(name, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "unlink", watched)
    files.remove(str(live))
    assert seen == [False]


@pytest.mark.parametrize("way", ["in one call", "by three renames"])
def test_exchange(files: LocalFiles, two: tuple[Path, Path], way: str, request: pytest.FixtureRequest) -> None:
    if way == "by three renames":
        request.getfixturevalue("no_exchange")
    live, stage = two
    files.exchange(str(live), str(stage))
    assert ((live / "version").read_text(), (stage / "version").read_text()) == ("stage", "live")
    assert sorted(os.listdir(live.parent)) == ["live", "stage"]


@pytest.mark.parametrize("renames", [0, 1, 2])
@pytest.mark.usefixtures("no_exchange")
def test_an_exchange_cut_off_never_loses_sight_of_what_was_first(
    files: LocalFiles, two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    live, stage = two
    rename, left = os.rename, renames

    def cut(source: str, target: str) -> None:
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        rename(source, target)

    monkeypatch.setattr(os, "rename", cut)
    with pytest.raises(KeyboardInterrupt):
        files.exchange(str(live), str(stage))
    at = [path for path in (live, stage) if path.exists() and (path / "version").read_text() == "live"]
    assert at == ([live] if renames < 2 else [stage])
    assert live.exists() == (renames < 2)


@pytest.mark.parametrize("way", ["in one call", "by looking first"])
def test_rename_never_replaces(
    files: LocalFiles, two: tuple[Path, Path], way: str, request: pytest.FixtureRequest
) -> None:
    if way == "by looking first":
        request.getfixturevalue("no_exchange")
    live, stage = two
    with pytest.raises(StepFailed, match="stage"):
        files.rename(str(live), str(stage))
    files.rename(str(live), str(live.parent / "elsewhere"))
    assert sorted(os.listdir(live.parent)) == ["elsewhere", "stage"]


def test_a_move_between_file_systems_is_refused_in_words(files: LocalFiles, two: tuple[Path, Path]) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == two[0].stat().st_dev:
        pytest.skip("there is no second file system at /dev/shm")
    with pytest.raises(StepFailed, match="cannot be moved") as caught:
        files.rename(str(two[0]), str(other / f"clawupgrade-{os.getpid()}"))
    assert "one file system" in caught.value.hint


def test_copy_tree_appears_whole_and_must_not_exist(files: LocalFiles, two: tuple[Path, Path]) -> None:
    live, stage = two
    half = Path(f"{live.parent / 'copy'}.clawupgrade-aside")
    half.mkdir()
    (half / "litter").touch()
    files.copy_tree(str(live), str(live.parent / "copy"))
    assert os.listdir(live.parent / "copy") == ["version"]
    assert not half.exists()
    with pytest.raises(StepFailed):
        files.copy_tree(str(live), str(stage))


def test_link_replaces_at_one_stroke(files: LocalFiles, folder: Path) -> None:
    path = folder / "openclaw"
    path.write_bytes(b"a file was here")
    for target in ("../lib/a.mjs", "../lib/b.mjs"):
        files.link(str(path), target)
        assert os.readlink(path) == target
    assert os.listdir(folder) == ["openclaw"]


def test_space_is_asked_where_the_path_will_be(files: LocalFiles, folder: Path) -> None:
    here = os.statvfs(folder)
    assert abs(files.free_bytes(str(folder / "not/yet")) - here.f_bavail * here.f_frsize) < 2**30
    (folder / "a").write_bytes(b"x")
    assert files.tree_bytes(str(folder)) == 8192


def test_writable_is_proved_by_doing(files: LocalFiles, folder: Path, own: Account) -> None:
    assert files.writable(str(folder), own)
    assert not files.writable(str(folder / "missing"), own)
    assert os.listdir(folder) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask for somebody else")
def test_writable_is_asked_as_the_account(files: LocalFiles, folder: Path) -> None:
    nobody = Account("nobody", 65534, 65534, "/nonexistent")
    assert not files.writable(str(folder), nobody)
    os.chmod(folder.parent, 0o755)
    os.chown(folder, 65534, 65534)
    if os.access("/proc/1", os.F_OK) and folder.parent.parent.stat().st_mode & 0o005 == 0o005:
        assert files.writable(str(folder), nobody)


def test_movable_moves_nothing(files: LocalFiles, two: tuple[Path, Path]) -> None:
    live, _ = two
    before = live.stat()
    assert files.movable(str(live))
    assert (live.stat().st_ino, live.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(os.listdir(live.parent)) == ["live", "stage"]
    assert not files.movable(str(live.parent / "missing"))
