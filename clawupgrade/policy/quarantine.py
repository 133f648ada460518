"""Versions that failed here: passed over until a newer one is there, the time is up, or somebody insists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from clawupgrade.errors import JournalDamaged
from clawupgrade.model import Outcome
from clawupgrade.openclaw.output import is_network_trouble, is_passing_trouble
from clawupgrade.openclaw.versions import is_newer

KEPT_AS = "quarantine"

_NOT_THE_RELEASE = ("keep", "snapshot", "arm", "quiesce", "pause", "inventory", "preflight-hooks", "pre-stop-hooks")
"""Steps that say nothing about the release: they work on what was there before it."""

_MEMORY = timedelta(days=365)

_DISK = re.compile(
    r"\b(ENOSPC|EDQUOT|EROFS|EIO|ENOMEM|SQLITE_FULL|SQLITE_IOERR)\b"
    r"|no space left|i(?:nput)?/o(?:utput)? error|quota exceeded|read-only file system|cannot allocate memory",
    re.IGNORECASE,
)
_PATH = re.compile(r"(/[^\s:,;'\"“”]+)+")
_NUMBER = re.compile(r"\b[0-9a-f]{8,}\b|\d+", re.IGNORECASE)


class Failure(Struct, frozen=True):
    """Why a run turned back: the step, in its words, and whether it called its trouble a passing one."""

    step: str
    error: str
    transient: bool = False


class Quarantined(Struct, frozen=True):
    """One version. fingerprint: equal for the same failure on another night or machine; times: how often it came."""

    version: str
    cause: str
    fingerprint: str
    run_id: str
    since: datetime
    times: int = 1

    def until(self, span: timedelta) -> datetime:
        """When it may be tried again: `span` after it failed, longer each time it does, at most eightfold."""
        return self.since + span * min(self.times, 8)


def condemns(outcome: Outcome, failure: Failure | None) -> bool:
    """Whether a run that ended so says that the release does not work here.

    A network that was away and a full disk say nothing about it, nor does a failure before it was touched.
    """
    if failure is None or failure.transient or outcome not in (Outcome.ROLLED_BACK, Outcome.FAILED_CLEAN):
        return False
    if failure.step.partition(":")[0] in _NOT_THE_RELEASE:
        return False
    passing = is_network_trouble(failure.error) or is_passing_trouble(failure.error)
    return not passing and not _DISK.search(failure.error)


def fingerprint(failure: Failure) -> str:
    """Twelve hex digits of what failed: step and words, without versions, numbers and paths."""
    words = _NUMBER.sub("#", _PATH.sub("/", failure.error.lower()))
    return sha256(f"{failure.step.partition(':')[0]}\n{words}".encode()).hexdigest()[:12]


def add(
    entries: Iterable[Quarantined], version: str, failure: Failure, run_id: str, now: datetime
) -> tuple[Quarantined, ...]:
    """The entries with this failure in them, last.

    What the same run has added already is not counted twice: a run may be finished again.
    """
    entries = tuple(entries)
    before = next((each for each in entries if each.version == version), None)
    if before is not None and before.run_id == run_id:
        return entries
    times = 1 if before is None else before.times + 1
    new = Quarantined(version, failure.error[:500], fingerprint(failure), run_id, now, times)
    return (*(each for each in entries if each.version != version), new)


def outgrown(entries: Iterable[Quarantined], installed: str, now: datetime) -> tuple[Quarantined, ...]:
    """Those that still matter once `installed` is proven: newer than it, and not of long ago."""
    return tuple(each for each in entries if is_newer(each.version, installed) and now < each.since + _MEMORY)


def standing(entries: Iterable[Quarantined], version: str, now: datetime, span: timedelta) -> Quarantined | None:
    """The entry that forbids this version now, or None. span: how long a first failure counts."""
    return next((each for each in entries if each.version == version and now < each.until(span)), None)


def entries_from(document: Mapping[str, Any] | None) -> tuple[Quarantined, ...]:
    """What was written down. Raises JournalDamaged."""
    if not document:
        return ()
    try:
        return msgspec.convert(document.get("entries"), tuple[Quarantined, ...])
    except msgspec.ValidationError as error:
        raise JournalDamaged(f"quarantine.json cannot be read: {error}", "run: clawupgrade quarantine clear") from error


def document_of(entries: Iterable[Quarantined]) -> dict[str, Any]:
    """The entries as they are written down."""
    return {"entries": msgspec.to_builtins(list(entries))}
