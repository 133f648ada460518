"""Looking into databases that others write: what is in the log counts, and nothing is left behind."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from clawupgrade.host.databases import LocalDatabases


def make(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute('CREATE TABLE "cron_jobs" (job_id TEXT, enabled INTEGER)')
    database.execute("INSERT INTO cron_jobs VALUES ('a', 1)")
    database.commit()
    return database


def test_what_a_live_writer_has_only_in_its_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "openclaw.sqlite"
    with closing(make(path)) as writer:
        writer.execute("INSERT INTO cron_jobs VALUES ('b', 0)")
        writer.commit()
        rows = LocalDatabases().rows(str(path), "cron_jobs")
    assert rows == ({"job_id": "a", "enabled": 1}, {"job_id": "b", "enabled": 0})


def test_a_resting_database_is_left_as_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "openclaw.sqlite"
    make(path).close()
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert LocalDatabases().rows(str(path), "cron_jobs") == ({"job_id": "a", "enabled": 1},)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before == {path.name: path.read_bytes()}


def test_no_file_and_no_table_are_none_and_rubbish_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "openclaw.sqlite"
    assert LocalDatabases().rows(str(path), "cron_jobs") is None
    make(path).close()
    assert LocalDatabases().rows(str(path), "nothing") is None
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(OSError, match="cannot be read"):
        LocalDatabases().rows(str(path), "cron_jobs")
