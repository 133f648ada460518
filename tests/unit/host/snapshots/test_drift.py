from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from clawupgrade.host.snapshots import SnapshotStore, Source


def _append(path: Path) -> None:
    path.write_text(path.read_text() + "more")


def _swap(path: Path) -> None:
    info = path.stat()
    path.write_text(path.read_text().upper())
    os.utime(path, ns=(info.st_mtime_ns, info.st_mtime_ns))


@pytest.mark.parametrize(
    ("name", "change", "differs"),
    [
        ("f", _append, True),
        ("f", _swap, True),
        ("f", lambda path: path.chmod(0o640), True),
        ("f", lambda path: os.utime(path, (1, 1)), False),
        ("f", lambda path: path.unlink(), True),
        ("f", lambda path: (path.unlink(), path.mkdir()), True),
        ("link", lambda path: (path.unlink(), path.symlink_to("g")), True),
        ("new", lambda path: path.write_text("x"), True),
        ("left.log", lambda path: path.write_text("x"), False),
        ("a.db", lambda path: path.touch(), False),
    ],
)
def test_times_alone_are_no_drift(tmp_path: Path, name: str, change: Callable[[Path], object], differs: bool) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "f").write_text("text")
    (state / "link").symlink_to("f")
    with closing(sqlite3.connect(state / "a.db")) as database:
        database.execute("CREATE TABLE t(x)")
    store = SnapshotStore(tmp_path / "store")
    store.take("one", [Source("state", state, ("*.log",))])
    store.seal("one")
    assert store.differs("one") == []
    change(state / name)
    assert store.differs("one") == ([state / name] if differs else [])


def test_a_database_that_was_written_to_differs_though_its_file_does_not(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    with closing(sqlite3.connect(state / "a.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t(x)")
    store = SnapshotStore(tmp_path / "store")
    store.take("one", [Source("state", state)])
    store.seal("one")
    with closing(sqlite3.connect(state / "a.db", isolation_level=None)) as database:
        database.execute("INSERT INTO t VALUES (1)")
        assert store.differs("one") == [state / "a.db"]
