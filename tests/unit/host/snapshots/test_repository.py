from __future__ import annotations

import stat
import zlib
from pathlib import Path

import pytest

from clawupgrade.host.snapshots.errors import SnapshotDamaged
from clawupgrade.host.snapshots.repository import CONFIG, PINS, SNAPSHOTS, Repository

_FILES = {"config/etc/a.json": b'{"a": 1}\r\n', "manifest/a.x": b"", "manifest/a": b"line\n", "snapshot.json": b"{}"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "git")
    made.create()
    made.create()
    return made


def _loose(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "git/objects").glob("??/*"))


def test_bytes_come_back_as_they_were(repository: Repository) -> None:
    commit = repository.commit(_FILES, "one", 1_700_000_000)
    assert {path: repository.file(commit, path) for path in repository.files(commit)} == _FILES
    with pytest.raises(KeyError):
        repository.file(commit, "nothing")


def test_the_same_snapshot_has_the_same_name(repository: Repository) -> None:
    assert repository.commit(_FILES, "one", 5) == repository.commit(dict(reversed(_FILES.items())), "one", 5)


def test_nothing_exists_without_a_ref(tmp_path: Path) -> None:
    empty = Repository(tmp_path / "none")
    assert empty.ref(SNAPSHOTS + "one") is None
    assert empty.refs(SNAPSHOTS) == []
    empty.create()
    commit = empty.commit(_FILES, "one", 5)
    assert empty.refs(SNAPSHOTS) == []
    empty.set_ref(SNAPSHOTS + "one", commit)
    again = Repository(tmp_path / "none")
    assert (again.ref(SNAPSHOTS + "one"), again.refs(SNAPSHOTS)) == (commit, ["one"])
    again.drop_ref(SNAPSHOTS + "one")
    again.drop_ref(SNAPSHOTS + "one")
    assert empty.ref(SNAPSHOTS + "one") is None


def test_history_is_a_line(repository: Repository) -> None:
    first = repository.commit({"a": b"1"}, "one", 5)
    second = repository.commit({"a": b"2"}, "two", 6, first)
    repository.set_ref(CONFIG, second)
    assert list(repository.line(CONFIG)) == [(second, 6, "two"), (first, 5, "one")]
    assert repository.blob_name(first, "a") != repository.blob_name(second, "a")
    assert repository.blob_name(first, "b") is None


def test_a_sweep_keeps_what_refs_need(tmp_path: Path, repository: Repository) -> None:
    first = repository.commit({"a": b"1"}, "one", 5)
    repository.set_ref(CONFIG, repository.commit({"a": b"2"}, "two", 6, first))
    repository.set_ref(PINS + "x", repository.commit({"a": b"3"}, "three", 7))
    repository.set_ref(SNAPSHOTS + "x", repository.commit({"a": b"3"}, "three", 7))
    repository.commit({"a": b"nobody's"}, "four", 8)
    before = len(_loose(tmp_path))
    repository.sweep()
    assert len(_loose(tmp_path)) == before - 3
    assert repository.file(first, "a") == b"1"


def test_torn_bytes_under_a_name_are_written_again(tmp_path: Path, repository: Repository) -> None:
    """A power cut between the writing and the syncing; gitdb itself never writes a name twice."""
    repository.commit(_FILES, "one", 5)
    for loose in _loose(tmp_path):
        loose.chmod(0o600)
        loose.write_bytes(loose.read_bytes()[:9])
    commit = Repository(tmp_path / "git").commit(_FILES, "one", 5)
    assert Repository(tmp_path / "git").file(commit, "manifest/a") == b"line\n"


@pytest.mark.parametrize("how", ["cut", "other bytes", "gone"])
def test_damage_is_said_not_raised_as_a_stranger(tmp_path: Path, repository: Repository, how: str) -> None:
    commit = repository.commit({"a": b"line\n"}, "one", 5)
    (blob,) = [path for path in _loose(tmp_path) if zlib.decompress(path.read_bytes()).startswith(b"blob")]
    blob.chmod(0o600)
    match how:
        case "cut":
            blob.write_bytes(blob.read_bytes()[:5])
        case "other bytes":
            blob.write_bytes(zlib.compress(b"blob 5\0evil\n"))
        case _:
            blob.unlink()
    with pytest.raises(SnapshotDamaged, match=r"history\.git is damaged"):
        Repository(tmp_path / "git").file(commit, "a")


def test_it_is_private(tmp_path: Path, repository: Repository) -> None:
    repository.set_ref(SNAPSHOTS + "one", repository.commit(_FILES, "one", 5))
    for path in (tmp_path / "git", *(tmp_path / "git").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert not (tmp_path / "git/hooks").exists()
