"""Databases in a snapshot: whole under a writer, refused when corrupt, never with a stale log beside them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from clawupgrade.host.snapshots import Kind, SnapshotRefused, SnapshotStore, Source

_WRITER = """
import random, sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
print("ready", flush=True)
number = 0
while True:
    number += 1
    amount = random.randrange(1000)
    try:
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE one SET sum = sum - ?", (amount,))
        database.execute("UPDATE other SET sum = sum + ?", (amount,))
        database.execute("INSERT INTO left_log VALUES (?, randomblob(300))", (number,))
        database.execute("INSERT INTO right_log VALUES (?)", (number,))
        database.execute("DELETE FROM left_log WHERE n <= ?", (number - 500,))
        database.execute("DELETE FROM right_log WHERE n <= ?", (number - 500,))
        database.execute("COMMIT")
    except sqlite3.OperationalError:
        database.rollback()
    if number % 97 == 0 and sys.argv[2] == "wal":
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
"""


def _create(path: Path, mode: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA journal_mode={mode}")
        database.executescript(
            "CREATE TABLE one(sum); CREATE TABLE other(sum); INSERT INTO one VALUES (1000000);"
            "INSERT INTO other VALUES (0); CREATE TABLE left_log(n INTEGER PRIMARY KEY, noise);"
            "CREATE TABLE right_log(n INTEGER PRIMARY KEY); PRAGMA user_version=7;"
        )


@contextmanager
def _writer(path: Path, mode: str) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", _WRITER, path, mode], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield
            assert process.poll() is None, "the writer must have survived us"
        finally:
            process.kill()


def _numbers(path: Path) -> tuple[int, int, int, str, list[str]]:
    with closing(sqlite3.connect(path)) as database:
        (total,) = database.execute("SELECT (SELECT sum FROM one) + (SELECT sum FROM other)").fetchone()
        (only_left,) = database.execute(
            "SELECT count(*) FROM left_log l LEFT JOIN right_log r USING (n) WHERE r.n IS NULL"
        ).fetchone()
        (only_right,) = database.execute(
            "SELECT count(*) FROM right_log r LEFT JOIN left_log l USING (n) WHERE l.n IS NULL"
        ).fetchone()
        (newest,) = database.execute("SELECT coalesce(max(n), 0) FROM left_log").fetchone()
        (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
    return total, only_left, only_right, verdict, [str(newest)]


@pytest.mark.parametrize(("mode", "count"), [("wal", 150), ("delete", 50)])
def test_every_snapshot_under_a_writer_restores_consistent(tmp_path: Path, mode: str, count: int) -> None:
    """200 in all. Seen to fail with a plain file copy instead of the online backup."""
    state = tmp_path / "state"
    state.mkdir()
    _create(state / "a.sqlite", mode)
    store = SnapshotStore(tmp_path / "store")
    seen = set()
    with _writer(state / "a.sqlite", mode):
        for number in range(count):
            name = f"s{number}"
            draft = store.take(name, [Source("state", state)])
            assert draft.databases == 1
            store.seal(name)
            store.restore(name, into=tmp_path / "drill")
            total, only_left, only_right, verdict, newest = _numbers(tmp_path / "drill/state/a.sqlite")
            assert (total, only_left, only_right, verdict) == (1_000_000, 0, 0, "ok")
            seen.add(newest[0])
            (entry,) = [e for e in store.entries(name) if e.kind is Kind.DATABASE]
            assert (entry.user_version, entry.checked) == (7, "integrity")
    assert len(seen) > count / 4, "the writer hardly wrote: this proves nothing"


def test_the_log_is_in_the_copy_and_a_later_one_is_removed(tmp_path: Path) -> None:
    """A log of later writes beside the restored file would be replayed into it."""
    state = tmp_path / "state"
    state.mkdir()
    path = state / "sessions.sqlite"
    _create(path, "wal")
    with closing(sqlite3.connect(path, isolation_level=None)) as live:
        live.execute("PRAGMA wal_autocheckpoint=0")
        live.execute("INSERT INTO left_log VALUES (1, 'in the log only')")
        store = SnapshotStore(tmp_path / "store")
        store.take("one", [Source("state", state)])
        store.seal("one")
        assert [e.path for e in store.entries("one")] == [".", "sessions.sqlite"]
        live.execute("INSERT INTO left_log VALUES (2, 'later')")
        shutil.copy(f"{path}-wal", tmp_path / "stale")
    shutil.copy(tmp_path / "stale", f"{path}-wal")
    store.restore("one", aside=tmp_path / "aside")
    assert sorted(path.name for path in state.iterdir()) == ["sessions.sqlite"]
    assert (tmp_path / "aside/state/sessions.sqlite-wal").exists()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT n, noise FROM left_log").fetchall() == [(1, "in the log only")]


def test_the_delta_takes_what_the_stopped_gateway_wrote_last(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    _create(state / "a.sqlite", "wal")
    store = SnapshotStore(tmp_path / "store")
    with closing(sqlite3.connect(state / "a.sqlite", isolation_level=None)) as live:
        store.take("one", [Source("state", state)])
        store.verify("one")
        live.execute("INSERT INTO left_log VALUES (5, 'last words')")
    report = store.delta("one")
    assert set(report.changed) == {state, state / "a.sqlite"}  # the log is gone from the folder
    assert store.delta("one").changed == ()
    store.verify("one")
    store.seal("one")
    store.restore("one", into=tmp_path / "drill")
    with closing(sqlite3.connect(tmp_path / "drill/state/a.sqlite")) as database:
        assert database.execute("SELECT noise FROM left_log").fetchall() == [("last words",)]


def test_looking_at_a_stopped_database_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """Opening a WAL database the usual way makes a log and an index, as root's files in a user's folder."""
    state = tmp_path / "state"
    state.mkdir()
    _create(state / "a.sqlite", "wal")
    before = (
        sorted(path.name for path in state.iterdir()),
        state.stat().st_mtime_ns,
        (state / "a.sqlite").read_bytes(),
    )
    SnapshotStore(tmp_path / "store").take("one", [Source("state", state)])
    assert (
        sorted(path.name for path in state.iterdir()),
        state.stat().st_mtime_ns,
        (state / "a.sqlite").read_bytes(),
    ) == before


@pytest.mark.parametrize("how", ["page", "cut", "header"])
def test_a_corrupt_database_is_refused_by_name_and_nothing_is_changed(tmp_path: Path, how: str) -> None:
    state = tmp_path / "state"
    (state / "agents/main").mkdir(parents=True)
    path = state / "agents/main/openclaw-agent.sqlite"
    _create(path, "delete")
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany("INSERT INTO left_log VALUES (?, randomblob(2000))", [(n,) for n in range(50)])
    whole = path.read_bytes()
    match how:
        case "page":
            path.write_bytes(whole[:20480] + b"\xa5" * 4096 + whole[24576:])
        case "cut":
            path.write_bytes(whole[: len(whole) // 2])
        case _:
            path.write_bytes(whole[:16] + b"\xff" * 84 + whole[100:])
    damaged = path.read_bytes()
    store = SnapshotStore(tmp_path / "store")
    with pytest.raises(SnapshotRefused, match=r"openclaw-agent\.sqlite") as caught:
        store.take("one", [Source("state", state)])
    assert caught.value.exit_code == 6
    assert "nothing was changed" in caught.value.hint
    assert path.read_bytes() == damaged
    assert [*path.parent.iterdir()] == [path]
    assert store.list() == []
    assert not (tmp_path / "store/drafts/one").exists()


def test_a_database_in_a_folder_that_cannot_be_written_to_is_held(tmp_path: Path) -> None:
    """SQLite cannot open a WAL database where it cannot make its index: it recovers a private copy then."""
    state = tmp_path / "state"
    state.mkdir()
    _create(state / "a.sqlite", "wal")
    with closing(sqlite3.connect(state / "a.sqlite", isolation_level=None)) as live:
        live.execute("PRAGMA wal_autocheckpoint=0")
        live.execute("INSERT INTO left_log VALUES (1, 'in the log')")
        shutil.copytree(state, tmp_path / "frozen")
    (tmp_path / "frozen/a.sqlite-shm").unlink()
    with _read_only(tmp_path / "frozen"):
        store = SnapshotStore(tmp_path / "store")
        store.take("one", [Source("state", tmp_path / "frozen")])
        store.seal("one")
        assert not (tmp_path / "frozen/a.sqlite-shm").exists()
    store.restore("one", into=tmp_path / "drill")
    (tmp_path / "drill/state").chmod(0o700)  # came back as it was: not writable
    with closing(sqlite3.connect(tmp_path / "drill/state/a.sqlite")) as database:
        assert database.execute("SELECT noise FROM left_log").fetchall() == [("in the log",)]


def test_a_log_left_behind_by_a_crash_is_in_the_copy(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    _crash(state / "a.sqlite", "wal", "INSERT INTO left_log VALUES (1, 'committed')")
    held = {path.name: path.read_bytes() for path in state.iterdir() if not path.name.endswith("-shm")}
    assert len(held["a.sqlite-wal"]) > 0
    assert _held(tmp_path, state) == [("committed",)]
    assert {path.name: path.read_bytes() for path in state.iterdir() if not path.name.endswith("-shm")} == held


def test_a_half_written_transaction_is_rolled_back_in_the_copy_only(tmp_path: Path) -> None:
    """A crash in the middle leaves a hot journal: read without it, the file is torn."""
    state = tmp_path / "state"
    state.mkdir()
    rows = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
    torn = f"INSERT INTO left_log {rows} SELECT i, randomblob(900) FROM n; UPDATE left_log SET noise = 'torn'"
    _crash(state / "a.sqlite", "delete", "INSERT INTO left_log VALUES (1, 'committed')", torn)
    held = {path.name: path.read_bytes() for path in state.iterdir()}
    assert len(held["a.sqlite-journal"]) > 0
    assert _held(tmp_path, state) == [("committed",)]
    assert {path.name: path.read_bytes() for path in state.iterdir()} == held


_CRASH = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA wal_autocheckpoint=0")
database.execute("PRAGMA cache_size=2")
database.execute(sys.argv[2])
database.execute("BEGIN")
for statement in sys.argv[3].split(";"):
    database.execute(statement)
os._exit(0)
"""


def _crash(path: Path, mode: str, committed: str, torn: str = "SELECT 1") -> None:
    _create(path, mode)
    subprocess.run([sys.executable, "-c", _CRASH, path, committed, torn], check=True)


def _held(tmp_path: Path, state: Path) -> list[tuple[str]]:
    store = SnapshotStore(tmp_path / "store")
    store.take("one", [Source("state", state)])
    store.seal("one")
    store.restore("one", into=tmp_path / "drill")
    with closing(sqlite3.connect(tmp_path / "drill/state/a.sqlite")) as database:
        return database.execute("SELECT noise FROM left_log").fetchall()


def test_a_database_that_is_left_out_keeps_its_log(tmp_path: Path) -> None:
    """Removing the log of a database that is none of our business would lose its last writes."""
    state = tmp_path / "state"
    state.mkdir()
    (state / "f").write_text("1")
    _crash(state / "cache.sqlite", "wal", "INSERT INTO left_log VALUES (1, 'theirs')")
    store = SnapshotStore(tmp_path / "store")
    store.take("one", [Source("state", state, ("cache.sqlite",))])
    store.seal("one")
    assert [entry.path for entry in store.entries("one")] == [".", "f"]
    store.restore("one")
    with closing(sqlite3.connect(state / "cache.sqlite")) as database:
        assert database.execute("SELECT noise FROM left_log").fetchall() == [("theirs",)]


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    if os.geteuid() != 0:
        folder.chmod(0o500)
        yield
        folder.chmod(0o700)
        return
    bind = ["mount", "--bind", folder, folder]
    if subprocess.run(bind, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_database_that_stays_locked_is_waited_for(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    _create(state / "a.sqlite", "delete")
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sqlite3, sys, time\n"
            "d = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
            "d.execute('BEGIN EXCLUSIVE')\n"
            "d.execute(\"INSERT INTO left_log VALUES (1, 'held')\")\n"
            "print('held', flush=True)\n"
            "time.sleep(1.5)\n"
            "d.execute('COMMIT')\n",
            state / "a.sqlite",
        ],
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        started = time.monotonic()
        store = SnapshotStore(tmp_path / "store")
        store.take("one", [Source("state", state)])
        assert time.monotonic() - started > 1
    store.seal("one")
    store.restore("one", into=tmp_path / "drill")
    with closing(sqlite3.connect(tmp_path / "drill/state/a.sqlite")) as database:
        assert database.execute("SELECT noise FROM left_log").fetchall() == [("held",)]


def test_a_journal_that_goes_between_two_looks_does_not_make_its_database_vanish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen once in some thousand snapshots under a writer: the draft had no database, and said so of a journal."""
    state = tmp_path / "state"
    state.mkdir()
    _create(state / "a.sqlite", "delete")
    there = os.path.exists
    monkeypatch.setattr(os.path, "exists", lambda path: str(path).endswith("-journal") or there(path))
    draft = SnapshotStore(tmp_path / "store").take("one", [Source("state", state)])
    assert (draft.databases, draft.vanished) == (1, 0)
