"""Releases in memory: what a version's package holds, which state it reads, and how well it behaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Serving(StrEnum):
    """How a release's gateway behaves once it has started."""

    WELL = "well"
    SILENT = "silent"
    """It takes connections and never answers."""
    BROKEN = "broken"
    """It hangs up without an answer."""
    MISMATCH = "mismatch"
    """It answers 1008: it holds another token than the config."""
    PAIRING = "pairing"
    """It serves, but asks a person to approve this client."""
    CRASHES = "crashes"
    """It ends itself right after it was started."""


class Doctoring(StrEnum):
    """How a release's `doctor --fix` behaves."""

    WELL = "well"
    FAILS = "fails"
    """It changes the state, then ends with status 1."""
    CLOBBERS = "clobbers"
    """It puts back an older config and says nothing (#134730)."""
    LOSES = "loses"
    """It takes the channels out of the config (#90551), and loses a cron job on its way into the database (#91435)."""
    FORGETS = "forgets"
    """It forgets which devices are paired (#21236)."""


class Release(Struct, frozen=True):
    """One version of the package.

    schema: what its databases must have. entry: the file that its command leads to.
    starts_in: seconds from its start to its first hello. refuses: keys of the config, such as
    `tools.bash`, that it does not know and will not start on. no_restart: whether its updater knows
    `--no-restart`; one that does not starts the gateway when it is done. deaf_to_force: `gateway install
    --force` says that all is well and writes nothing, as 2026.2.12's does. on_copy: how it serves where it is tried
    out, None for no other way.
    """

    version: str
    schema: int = 1
    name: str = "openclaw"
    entry: str = "openclaw.mjs"
    engines: str = ">=22.12"
    serving: Serving = Serving.WELL
    doctoring: Doctoring = Doctoring.WELL
    starts_in: float = 3.0
    refuses: tuple[str, ...] = ()
    no_restart: bool = True
    published: str = "2026-01-01T00:00:00.000Z"
    deaf_to_force: bool = False
    on_copy: Serving | None = None

    @property
    def spec(self) -> str:
        """What npm is asked for."""
        return f"{self.name}@{self.version}"

    def tree(self) -> Mapping[str, bytes]:
        """Every file of the installed package, in the order in which npm writes them.

        package.json stands in the middle: what names its version is not whole for that.
        """
        description = {
            "name": self.name,
            "version": self.version,
            "bin": {self.name: self.entry},
            "engines": {"node": self.engines},
        }
        return {
            f"dist/main-{self.version}.js": f"// gateway {self.version}\n".encode(),
            self.entry: f"import './dist/main-{self.version}.js'\n".encode(),
            "package.json": json.dumps(description).encode(),
            "node_modules/ws/index.js": f"// ws for {self.version}\n".encode(),
        }


def order(version: str) -> tuple[int, ...]:
    """A version of the releases in memory as numbers; they have no suffixes."""
    return tuple(int(part) for part in version.split("."))


def database(schema: int, messages: bytes = b"", jobs: tuple[str, ...] | None = None) -> bytes:
    """The state database: its schema version, its table of cron jobs, then a line for each message that it holds.

    jobs: their ids; None for a database that has no such table.
    """
    table = b"" if jobs is None else b" cron_jobs=" + ",".join(jobs).encode()
    return b"user_version=%d%s\n" % (schema, table) + messages


def torn_database(schema: int) -> bytes:
    """What a migration that was cut off leaves: no version opens it."""
    return b"user_version=half-way to %d\n" % schema


def schema_of(content: bytes) -> int | None:
    """The schema version of a database; None for one that nobody can open."""
    stated = content.partition(b"\n")[0].partition(b" cron_jobs=")[0].removeprefix(b"user_version=")
    return int(stated) if stated.isdigit() else None


def jobs_of(content: bytes) -> tuple[str, ...] | None:
    """The ids of the cron jobs in a database; None where it has no table of them."""
    _, table, stated = content.partition(b"\n")[0].partition(b" cron_jobs=")
    return tuple(filter(None, stated.decode().split(","))) if table else None


def messages_of(content: bytes) -> bytes:
    """The messages that a database holds."""
    return content.partition(b"\n")[2]
