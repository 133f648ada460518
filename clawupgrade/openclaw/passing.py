"""What a gateway of OpenClaw writes again and again though nobody used it: no reason to distrust a rehearsal.

And what of that says only that it serves: locks and leases, which a clone must not show.

Each row was seen on a quiet real host between the clone and the stopped gateway; anything else counts as a change.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from msgspec import Struct


class Row(Struct, frozen=True):
    """A pattern, relative to the state folder, and why it does not matter what stands there."""

    pattern: str
    reason: str


FILES = (
    Row("logs/*", "evidence of the past; no release reads it back"),
    Row("*.last-good", "2026.6.11 writes its copy of the config anew whenever it has read it; the content is the same"),
    Row("state/*.lock", "a lock ends with its process"),
    Row("cron/*.tmp", "2026.2.12 writes its jobs anew every minute by way of one, which is there for a moment"),
    Row("tmp/*", "what ends with its process, the locks of a gateway among it (in /tmp before 2026.9)"),
    Row("*.sqlite-wal", "counted with its database"),
    Row("*.sqlite-shm", "an index in memory, made anew"),
    Row("cache/*", "made anew by whoever needs it"),
    Row("plugin-runtime-deps/*", "2026.4.29 installs libraries there while it serves, by its own version"),
)

TABLES = (
    Row("config_health_entries", "2026.6.11 notes when it last looked at its config"),
    Row("schema_meta", "the moment of the last opening; the schema itself is compared by number"),
    Row("state_leases", "who serves, with a heartbeat every 30 s (2026.9)"),
    Row("agent_database_leases", "which process has which database open (2026.9)"),
    Row("gateway_boot_lifecycle", "when the gateway was started, and how it ended (2026.9)"),
)

HELD = {
    "state_leases": "1",
    "agent_database_leases": "1",
    # Left open, it would count as a start that did not end well once the clone's database is adopted.
    "gateway_boot_lifecycle": "completed_at_ms IS NULL",
}
"""Tables with rows that speak of processes that run, by number and start; and which of their rows those are."""


def is_passing_file(path: str) -> bool:
    """Whether a change of this file (relative to the state folder) may be overlooked.

    >>> is_passing_file("openclaw.json.last-good"), is_passing_file("agents/main/sessions/a.jsonl")
    (True, False)
    >>> is_passing_file("cron/jobs.json.54.22f3.tmp"), is_passing_file("cron/jobs.json")
    (True, False)
    """
    return any(fnmatchcase(path, row.pattern) for row in FILES)


def is_lock(path: str) -> bool:
    """Whether a file (relative to the state folder) is the lock of a gateway that serves.

    2026.9.5's names its process, which is alive for whoever is in the clone: doctor of 2026.9.6 then refuses to
    migrate there ("the Gateway or another SQLite maintenance command owns this state directory").

    >>> is_lock("tmp/openclaw-1500/gateway.state.lock"), is_lock("tmp/notes")
    (True, False)
    """
    return fnmatchcase(path, "tmp/openclaw-*/*")


def is_passing_table(name: str) -> bool:
    """Whether changed rows of this table may be overlooked.

    >>> is_passing_table("config_health_entries"), is_passing_table("cron_jobs")
    (True, False)
    """
    return any(name == row.pattern for row in TABLES)
