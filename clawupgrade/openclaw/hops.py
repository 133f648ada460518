"""Which way from version to version: the engine by default, and waypoints where one jump is known to fail.

The table is data; every row says what was seen. Rows are tried from the top, the first that fits counts.
"""

from __future__ import annotations

from msgspec import Struct
from packaging.version import Version

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
    """Drivers from `since` to before `until`; "" is open at that end. name: the installed package."""

    reason: str
    name: str = "openclaw"
    since: str = ""
    until: str = ""
    engine: str = CLONE
    waypoints: tuple[str, ...] = ()


class Seen(Struct, frozen=True):
    """Hops that were rehearsed on real hosts and adopted: from `since` to before `until`, targets likewise.

    "" is open at that end: what a release yet to come fails at is better found on a clone. evidence: where.
    """

    evidence: str
    since: str
    target_since: str
    until: str = ""
    target_until: str = ""


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
        until="2026.9.0",
    ),
    Row("2026.9.5's own updater keeps the gateway away for 47 seconds; this way costs one restart"),
)

REHEARSED = (
    Seen(
        "2026.2.12, 4.29, 6.11, 7.1, 8.2, 9.5 → 2026.9.6, 2026.9.3 → 2026.9.4: doctor's changes were adopted, and the "
        "gateway was away for a restart, once",
        since="2026.2.12",
        target_since="2026.9.0",
    ),
    Seen(
        "2026.4.29 → 2026.6.11: the same",
        since="2026.4.29",
        until="2026.5.0",
        target_since="2026.6.11",
        target_until="2026.7.0",
    ),
)


def way(name: str, installed: str, target: str) -> Way:
    """The way from `installed` (of package `name`) to `target`.

    Raises:
        Refused: one of the texts is no version.
    """
    before, after = parse(installed), parse(target)
    for row in ROWS:
        if row.name == name and _is_between(before, row.since, row.until):
            between = tuple(v for v in row.waypoints if before < parse(v) < after)
            return Way(between, row.engine, row.reason, _seen(name, before, after))
    return Way((), CLONE, f"nothing is known against one jump from {name} {installed}")


def _seen(name: str, before: Version, after: Version) -> str:
    for seen in REHEARSED if name == "openclaw" and before < after else ():
        if _is_between(before, seen.since, seen.until) and _is_between(after, seen.target_since, seen.target_until):
            return seen.evidence
    return ""


def _is_between(version: Version, since: str, until: str) -> bool:
    return (not since or version >= parse(since)) and (not until or version < parse(until))


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
