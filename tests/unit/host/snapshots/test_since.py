"""What going back would lose, counted over files of early releases and tables of later ones."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from clawupgrade.held import Since
from clawupgrade.host.migrated import migrated_databases
from clawupgrade.host.snapshots import SnapshotStore, Source


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def agent(state: Path, name: str, messages: dict[str, int], *, schema: str = "21") -> None:
    path = state / f"agents/{name}/agent/openclaw-agent.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA user_version=21")
        database.execute("CREATE TABLE IF NOT EXISTS session_nodes(session_key PRIMARY KEY)")
        database.execute("CREATE TABLE IF NOT EXISTS transcript_events(session_id, event_json)")
        database.execute("CREATE TABLE IF NOT EXISTS schema_meta(meta_key PRIMARY KEY, schema_version)")
        database.execute("INSERT OR REPLACE INTO schema_meta VALUES ('agent', ?)", (schema,))
        for session, count in messages.items():
            database.execute("INSERT OR IGNORE INTO session_nodes VALUES (?)", (f"agent:{name}:{session}",))
            for kind in ["session", *["message"] * count]:
                database.execute("INSERT INTO transcript_events VALUES (?, ?)", (session, json.dumps({"type": kind})))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "state"
    write(state / "cron/jobs.json", json.dumps({"jobs": [{"id": "a"}]}))
    write(state / "agents/main/sessions/sessions.json", json.dumps({"agent:main:one": {"sessionId": "s1"}}))
    write(state / "agents/main/sessions/s1.jsonl", '{"type":"session"}\n{"type":"message"}\n')
    return state


@pytest.fixture
def store(tmp_path: Path, state: Path) -> SnapshotStore:
    store = SnapshotStore(tmp_path / "store")
    store.take("one", [Source("state", state, ("logs",)), Source("config", state / "openclaw.json")])
    store.seal("one")
    return store


def test_nothing_since(store: SnapshotStore) -> None:
    assert store.since("one") == Since()
    assert not Since().anything


def test_files_of_early_releases(store: SnapshotStore, state: Path) -> None:
    write(state / "cron/jobs.json", json.dumps({"jobs": [{"id": "a"}, {"id": "b"}]}))
    stated = {"agent:main:one": {}, "agent:main:two": {}}
    write(state / "agents/main/sessions/sessions.json", json.dumps(stated))
    write(state / "agents/main/sessions/s1.jsonl", '{"type":"session"}\n' + '{"type":"message"}\n' * 3)
    write(state / "exec-approvals.json", json.dumps({"agents": {"main": {"allowlist": [{"pattern": "ls"}]}}}))
    assert store.since("one") == Since(sessions=1, messages=2, jobs=1, approvals=1)


def test_what_moved_from_files_into_tables_is_not_new(store: SnapshotStore, state: Path) -> None:
    (state / "agents/main/sessions/sessions.json").unlink()
    (state / "agents/main/sessions/s1.jsonl").unlink()
    agent(state, "main", {"one": 0})
    with closing(sqlite3.connect(state / "agents/main/agent/openclaw-agent.sqlite")) as database, database:
        database.execute("""INSERT INTO transcript_events VALUES ('s1', '{"type": "message"}')""")
    assert store.since("one") == Since()


def test_tables_of_later_releases(tmp_path: Path, state: Path) -> None:
    agent(state, "main", {"s2": 2})
    store = SnapshotStore(tmp_path / "store")
    store.take("two", [Source("state", state)])
    store.seal("two")
    agent(state, "main", {"s2": 1, "s3": 4})
    agent(state, "added", {"s4": 1})
    found = store.since("two")
    assert (found.sessions, found.messages) == (2, 6)
    assert found.words == "2 sessions, 6 messages, 0 cron jobs, 0 approvals"
    assert [Path(path).parts[-3] for path in migrated_databases(store, "two")] == ["added"]
    agent(state, "main", {}, schema="22")
    assert [Path(path).parts[-3] for path in migrated_databases(store, "two")] == ["added", "main"]


def test_what_cannot_be_counted_is_said(store: SnapshotStore, state: Path) -> None:
    write(state / "cron/jobs.json", "{ torn")
    write(state / "state/openclaw.sqlite", "SQLite format 3\0 and then nothing that is one")
    found = store.since("one")
    assert found.unread == ("cron/jobs.json", "state/openclaw.sqlite")
    assert found.anything
    assert "2 files could not be counted" in found.words
