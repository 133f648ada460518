"""Which way from version to version: the engine by default, and waypoints where one jump is known to fail.

The table is data; every row says what was seen. Rows are tried from the top, the first that fits counts.
"""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.openclaw.versions import parse

CLONE = "clone"
INPLACE = "inplace"


class Way(Struct, frozen=True):
    """How to get there. `waypoints` are versions between, in order, each to be proven; often none.

    engine: `clone` or `inplace`, the values of `model.Engine`. rehearsed: the evidence for which all is done on a
    clone of the installation first, unless a person says no; "" where there is none yet.
    """

    waypoints: tuple[str, ...]
    engine: str
    reason: str
    rehearsed: str = ""


class Row(Struct, frozen=True):
    """Drivers from `since` to before `until` on the way to targets from `target_since` on.

    "" is open at that end. name: the installed package.
    """

    reason: str
    name: str = "openclaw"
    since: str = ""
    until: str = ""
    target_since: str = ""
    engine: str = CLONE
    waypoints: tuple[str, ...] = ()
    rehearsed: str = ""


ROWS = (
    Row(
        "clawdbot's own updater stays within clawdbot, which has no newer release; 2026.1.24-3 → 2026.9.6 went in "
        "one jump: doctor moved the state and the cron jobs, and the same token opened the gateway",
        name="clawdbot",
    ),
    Row(
        "its own updater installs under the running gateway and runs the system's first npm, with the system's Node; "
        "2026.1.29 and 2026.2.12 → 2026.9.6 went in one jump with the service's Node, token and cron jobs kept",
        until="2026.4.0",
    ),
    Row(
        "2026.4.29's own updater exits 1 seconds before its gateway serves (2026.6.11 came up all the same)",
        until="2026.5.0",
    ),
    # 2026.6.11 → 2026.7.1: 42.9 s; → 2026.9.6: 82.7 s; 2026.7.1 → 2026.8.2: 48.9 s; 2026.8.2 → 2026.9.6: 82.9 s.
    Row(
        "its own updater keeps the gateway away for 43 to 83 seconds; this way costs one restart",
        since="2026.6.11",
        until="2026.6.12",
        target_since="2026.9.0",
        rehearsed="2026.6.11 → 2026.9.6: doctor's changes were adopted, and the gateway was away for a restart, once",
    ),
    Row(
        "its own updater keeps the gateway away for 43 to 83 seconds; this way costs one restart",
        until="2026.9.0",
    ),
    Row("2026.9.5's own updater keeps the gateway away for 47 seconds; this way costs one restart"),
)


def way(name: str, installed: str, target: str) -> Way:
    """The way from `installed` (of package `name`) to `target`.

    Raises:
        Refused: one of the texts is no version.
    """
    before, after = parse(installed), parse(target)
    for row in ROWS:
        if (
            row.name == name
            and (not row.since or before >= parse(row.since))
            and (not row.until or before < parse(row.until))
            and (not row.target_since or after >= parse(row.target_since))
        ):
            between = tuple(v for v in row.waypoints if before < parse(v) < after)
            return Way(between, row.engine, row.reason, row.rehearsed)
    return Way((), CLONE, f"nothing is known against one jump from {name} {installed}")


def migrates_at_start(version: str) -> bool:
    """Whether the first start of a release migrates the state once more, beyond its doctor, and notes that it did.

    2026.7.1 and later note it in the state's database (`schema_meta`, "startup-migrations"), by build and config: the
    first start of 2026.9.6 on a state of 2026.6.11 takes 24 s of CPU, the second 16 s.
    """
    return parse(version) >= parse("2026.7.0")


def needs_network(version: str) -> str:
    """Why the doctor of a target cannot be tried where there is no network, "" where it can.

    2026.4.29's ends with 1 ("request to https://registry.npmjs.org/… failed"); 2026.6.11's and 2026.9's go on.
    """
    if parse("2026.4.0") <= parse(version) < parse("2026.5.0"):
        return f"doctor of {version} has npm install libraries, and a clone has no network"
    return ""
