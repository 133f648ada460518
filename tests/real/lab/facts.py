"""What must be the same after an upgrade, read from a host's files: no gateway and no command is asked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .host import Host
from .state import COMMENT, REFERENCE


@dataclass(frozen=True, slots=True)
class Facts:
    """One reading. Secrets are hashes; `jobs` is id → (name, enabled), `sessions` is key → session id."""

    version: str
    agents: tuple[str, ...]
    jobs: dict[str, tuple[str, bool]]
    sessions: dict[str, str]
    transcripts: frozenset[str]
    workspace_head: str
    has_reference: bool
    has_comment: bool
    token_sha256: str
    config_sha256: str
    config_mode: int
    package_sha256: str
    unit_sha256: str


def read_state(host: Host) -> Facts:
    """The facts of a host as they are on its disk now."""
    config = host.config_path()
    folder, text = config.parent, config.read_text()
    package = host.package_path()
    heads = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", host.home / host.workspace(), "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    units = sorted((host.home / ".config/systemd/user").glob("*-gateway.service"))
    return Facts(
        version=str(json.loads((package / "package.json").read_text())["version"]),
        agents=_agents(host.config()),
        jobs=read_jobs(folder),
        sessions=read_sessions(folder),
        transcripts=read_transcripts(folder),
        workspace_head=heads.stdout.strip(),
        has_reference=REFERENCE in text,
        has_comment=COMMENT in text,
        token_sha256=hashlib.sha256(host.token().encode()).hexdigest(),
        config_sha256=hashlib.sha256(config.read_bytes()).hexdigest(),
        config_mode=stat.S_IMODE(config.stat().st_mode),
        package_sha256=tree_digest(package),
        unit_sha256=hashlib.sha256(b"".join(unit.read_bytes() for unit in units)).hexdigest(),
    )


def tree_digest(top: Path) -> str:
    """One hash over every path, owner, mode, link target and file content below `top`."""
    total = hashlib.sha256()
    for path, described in contents_of(top).items():
        total.update(f"{path}\0{described}\n".encode())
    return total.hexdigest()


def contents_of(top: Path, leave_out: tuple[str, ...] = ()) -> dict[str, str]:
    """Path → owner, mode, and link target or hash of the content, of all below `top` but for these at its top."""
    found: dict[str, str] = {}
    for folder, names, files in os.walk(top):
        if folder == str(top):
            names[:] = [name for name in names if name not in leave_out]
        names.sort()
        for name in sorted([*files, *names]):
            place = Path(folder, name)
            seen = place.lstat()
            if stat.S_ISLNK(seen.st_mode):
                content = str(place.readlink())
            elif stat.S_ISREG(seen.st_mode):
                content = hashlib.sha256(place.read_bytes()).hexdigest()
            else:
                content = ""
            found[str(place.relative_to(top))] = f"{seen.st_uid}:{seen.st_gid} {seen.st_mode:o} {content}"
    return found


def logged_databases(top: Path) -> dict[str, str]:
    """Path → owner, mode and content of every database with a log beside it, as SQLite itself makes one of the two.

    A gateway that has stopped may leave its log; a snapshot holds the one database that both are. Counters that
    SQLite moves whenever it writes do not count.
    """
    logs = [log for log in sorted(top.rglob("*-wal")) if log.stat().st_size]
    return {
        str(log.relative_to(top)).removesuffix("-wal"): whole_database(log.with_name(log.name[:-4])) for log in logs
    }


def whole_database(database: Path) -> str:
    """Owner, mode and content of one database, its log included; read from a copy."""
    seen = database.stat()
    with tempfile.TemporaryDirectory() as place:
        for suffix in ("", "-wal"):
            if (source := database.with_name(database.name + suffix)).exists():
                shutil.copyfile(source, Path(place, f"copy{suffix}"))
        with closing(sqlite3.connect(Path(place, "copy"))) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        content = bytearray(Path(place, "copy").read_bytes())
    for start, end in ((24, 28), (40, 44), (92, 100)):
        content[start:end] = bytes(end - start)
    return f"{seen.st_uid}:{seen.st_gid} {seen.st_mode:o} {hashlib.sha256(content).hexdigest()}"


def _ask(database: Path, query: str) -> list[tuple[Any, ...]]:
    # Each kind of state is in files on some releases and in a table on others: no table, no rows.
    if not database.exists():
        return []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as opened:
        table = query.split(" FROM ")[1].split()[0]
        known = opened.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchall()
        return opened.execute(query).fetchall() if known else []


def _agents(config: dict[str, Any]) -> tuple[str, ...]:
    agents = config.get("agents", {})
    return tuple(sorted([*(entry["id"] for entry in agents.get("list", [])), *agents.get("entries", {})]))


def read_jobs(folder: Path) -> dict[str, tuple[str, bool]]:
    """Cron jobs of a state folder, wherever its release keeps them."""
    store = folder / "cron/jobs.json"
    listed = json.loads(store.read_text())["jobs"] if store.exists() else []
    jobs = {str(job["id"]): (str(job["name"]), bool(job.get("enabled", True))) for job in listed}
    rows = _ask(folder / "state/openclaw.sqlite", "SELECT job_id, name, enabled FROM cron_jobs")
    return jobs | {str(key): (str(name), bool(enabled)) for key, name, enabled in rows}


def read_sessions(folder: Path) -> dict[str, str]:
    """Session key → session id."""
    found: dict[str, str] = {}
    for store in sorted(folder.glob("agents/*/sessions/sessions.json")):
        found |= {key: str(entry["sessionId"]) for key, entry in json.loads(store.read_text()).items()}
    for database in sorted(folder.glob("agents/*/agent/openclaw-agent.sqlite")):
        found |= dict(_ask(database, "SELECT session_key, current_session_id FROM session_nodes"))
    return found


def read_transcripts(folder: Path) -> frozenset[str]:
    """The sessions of which something was written down."""
    found = {place.stem for place in folder.glob("agents/*/sessions/*.jsonl") if place.stat().st_size}
    for database in folder.glob("agents/*/agent/openclaw-agent.sqlite"):
        found |= {str(key) for (key,) in _ask(database, "SELECT DISTINCT session_id FROM transcript_events")}
    return frozenset(found)
