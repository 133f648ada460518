from __future__ import annotations

from pathlib import Path

from clawupgrade.host.snapshots.sources import Spared
from clawupgrade.host.snapshots.walk import TEMPORARY, is_database, walk


def _paths(root: Path, *patterns: str) -> tuple[list[str], list[str]]:
    left_out: list[str] = []
    return [found.path for found in walk(str(root), Spared(patterns), left_out.append)], left_out


def test_a_folder_comes_before_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "b/x").mkdir(parents=True)
    (tmp_path / "b/x/1").touch()
    (tmp_path / "a").touch()
    assert _paths(tmp_path)[0] == [".", "a", "b", "b/x", "b/x/1"]


def test_nothing_there_is_nothing(tmp_path: Path) -> None:
    assert _paths(tmp_path / "no/such") == ([], [])


def test_a_folder_that_is_left_out_takes_all_below_along(tmp_path: Path) -> None:
    (tmp_path / "logs/deep").mkdir(parents=True)
    (tmp_path / "logs/deep/x").touch()
    assert _paths(tmp_path, "logs") == (["."], ["logs"])


def test_logs_of_a_database_are_passed_over_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"SQLite format 3\0rest")
    for name in ("a.db-wal", "a.db-shm", "a.db-journal", "note-journal", "b-wal"):
        (tmp_path / name).touch()
    (tmp_path / "note").write_text("text")
    (tmp_path / "new.db").touch()  # created, not yet written: its journal is no file to keep
    (tmp_path / "new.db-journal").touch()
    assert _paths(tmp_path)[0] == [".", "a.db", "b-wal", "new.db", "note", "note-journal"]


def test_what_a_restore_left_behind_is_not_part_of_the_tree(tmp_path: Path) -> None:
    (tmp_path / f"{TEMPORARY}3").touch()
    assert _paths(tmp_path)[0] == ["."]


def test_a_database_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "no.sqlite").write_text("text")
    (tmp_path / "yes").write_bytes(b"SQLite format 3\0")
    (tmp_path / "link").symlink_to("yes")
    assert not is_database(str(tmp_path / "no.sqlite"))
    assert is_database(str(tmp_path / "yes"))
    assert not is_database(str(tmp_path / "link"))
    assert not is_database(str(tmp_path))
