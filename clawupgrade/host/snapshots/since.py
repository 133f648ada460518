"""What was added to a state since a snapshot, in numbers: what going back in time would lose.

Tables as seen in 2026.6.11 to 2026.9.6; files as seen in 2026.2.12 to 2026.6.11.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from contextlib import closing
from fnmatch import fnmatch
from typing import Any
from urllib.parse import quote

from msgspec import Struct, field

from clawupgrade.held import Since
from clawupgrade.host.snapshots.archive import Archive
from clawupgrade.host.snapshots.entries import Kind
from clawupgrade.host.snapshots.sources import spared
from clawupgrade.host.snapshots.walk import SQLITE_MAGIC, walk

_DATABASES = ("state/openclaw.sqlite", "agents/*/agent/openclaw-agent.sqlite")
_SESSIONS, _TRANSCRIPTS = "agents/*/sessions/sessions.json", "agents/*/sessions/*.jsonl"
_JOBS, _APPROVALS = "cron/jobs.json", "exec-approvals.json"
_FILES = (_SESSIONS, _TRANSCRIPTS, _JOBS, _APPROVALS)

_KEYS = {
    "sessions": (("session_nodes", "session_key"),),
    "jobs": (("cron_jobs", "job_id"),),
    "approvals": (("operator_approvals", "approval_id"), ("device_pairing_paired", "device_id")),
}
_MESSAGES = """SELECT session_id, count(*) FROM transcript_events
    WHERE json_extract(event_json, '$.type') = 'message' GROUP BY session_id"""


class _Tally(Struct):
    """What one look at a state found; `messages` by session."""

    sessions: set[str] = field(default_factory=set)
    jobs: set[str] = field(default_factory=set)
    approvals: set[str] = field(default_factory=set)
    messages: Counter[str] = field(default_factory=Counter)
    unread: set[str] = field(default_factory=set)

    def database(self, path: str, name: str, mode: str) -> None:
        """Count in a database; what cannot be read is named."""
        try:
            with closing(sqlite3.connect(f"file:{quote(path)}?{mode}", uri=True, timeout=5.0)) as database:
                known = {str(name) for (name,) in database.execute("SELECT name FROM sqlite_master")}
                for kind, tables in _KEYS.items():
                    for table, column in tables:
                        if table in known:
                            rows = database.execute(f'SELECT "{column}" FROM "{table}"')
                            getattr(self, kind).update(str(key) for (key,) in rows)
                if "transcript_events" in known:
                    self.messages.update({str(key): int(count) for key, count in database.execute(_MESSAGES)})
        except sqlite3.Error:
            self.unread.add(name)

    def file(self, content: bytes, name: str) -> None:
        """Count in a file of an earlier release."""
        try:
            if fnmatch(name, _TRANSCRIPTS):
                lines = (json.loads(line) for line in content.splitlines() if line.strip())
                self.messages[os.path.basename(name).removesuffix(".jsonl")] += sum(_is_message(line) for line in lines)
                return
            stated = json.loads(content)
            match name:
                case _ if fnmatch(name, _SESSIONS):
                    self.sessions.update(stated)
                case _ if name == _JOBS:
                    self.jobs.update(str(job["id"]) for job in stated["jobs"])
                case _:
                    agents = stated.get("agents", {}).items()
                    self.approvals.update(
                        f"{agent} {entry.get('pattern')}" for agent, one in agents for entry in one.get("allowlist", [])
                    )
        except (ValueError, KeyError, TypeError, AttributeError):
            self.unread.add(name)


def since(archive: Archive, snapshot_id: str) -> Since:
    """Count now and then; the difference is what a restore of the state would lose."""
    then, now = _Tally(), _Tally()
    for source in archive.header(snapshot_id).sources:
        if not source.name.startswith("state"):
            continue
        for entry in archive.entries(snapshot_id, source.name):
            if entry.kind is Kind.DATABASE and _is_any(entry.path, _DATABASES):
                then.database(archive.objects.path(entry.sha256), entry.path, "immutable=1")
            elif entry.kind is Kind.FILE and _is_any(entry.path, _FILES):
                then.file(archive.content(entry.sha256), entry.path)
        root = os.path.realpath(source.path)
        for found in walk(root, spared(source, root, archive.root), lambda _: None):
            if _is_any(found.path, (*_DATABASES, *_FILES)):
                _count_now(now, f"{root}/{found.path}", found.path)
    return Since(
        sessions=len(now.sessions - then.sessions),
        messages=(now.messages - then.messages).total(),
        jobs=len(now.jobs - then.jobs),
        approvals=len(now.approvals - then.approvals),
        unread=tuple(sorted(then.unread | now.unread)),
    )


def _count_now(tally: _Tally, path: str, name: str) -> None:
    try:
        with open(path, "rb") as file:
            if file.read(len(SQLITE_MAGIC)) != SQLITE_MAGIC:
                if _is_any(name, _FILES):
                    file.seek(0)
                    tally.file(file.read(), name)
                return
    except OSError:
        tally.unread.add(name)
        return
    # A reader of a WAL leaves files behind: a database whose log is gone is read as it is.
    tally.database(path, name, "mode=ro" if os.path.exists(f"{path}-wal") else "immutable=1")


def _is_any(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _is_message(line: Any) -> bool:
    return isinstance(line, dict) and line.get("type") == "message"
