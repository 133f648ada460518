"""Who has to hear of what: the text of a notice, when it is due, and when it is given up. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from clawupgrade.errors import Exit, JournalDamaged
from clawupgrade.model import Outcome, Report

KEPT_AS = "outbox"
_AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30, 60))
_SILENT = timedelta(days=7)
"""A trouble that comes every night is told once, and again after so long."""
_NUMBER = re.compile(r"\d+")


class Level(StrEnum):
    """How much it matters; the order is that of `notice.when`."""

    FAILURE = "failure"
    CHANGE = "change"
    NOTHING = "nothing"


class Notice(Struct, frozen=True):
    """One message about one event. key: equal for the same event. next_at: when it may be tried (again).

    sent: digests of the channels that have it.
    """

    key: str
    level: Level
    title: str
    text: str
    created: datetime
    next_at: datetime
    tries: int = 0
    sent: tuple[str, ...] = ()
    problem: str = ""


class Outbox(Struct, frozen=True):
    """What waits to be sent, and what was told already: event → when."""

    waiting: tuple[Notice, ...] = ()
    told: Mapping[str, datetime] = field(default_factory=dict)


def level_of(report: Report) -> Level:
    """How much an ending matters. A run that a hook or a signal put off has failed in nothing."""
    if report.exit_code in (Exit.INTERRUPTED, Exit.TERMINATED):
        return Level.CHANGE if report.outcome is Outcome.ROLLED_BACK else Level.NOTHING
    if report.exit_code == Exit.BUSY and report.run_id:
        return Level.NOTHING
    if report.exit_code != Exit.OK:
        return Level.FAILURE
    return Level.CHANGE if report.changed else Level.NOTHING


def is_wanted(level: Level, when: str) -> bool:
    """Whether `notice.when` asks for it: failure, change (and failures), always."""
    return level is Level.FAILURE or when == "always" or (when == "change" and level is Level.CHANGE)


def notice_of(report: Report, place: str, now: datetime) -> Notice:
    """The message: what came of it, why, and what to type next. place: names machine and installation."""
    versions = f"OpenClaw {report.from_version}" if report.from_version else "OpenClaw"
    if report.changed and report.to_version:
        versions += f" → {report.to_version}"
    lines = [report.message]
    if report.away is not None:
        lines.append(f"The gateway was away for {report.away:.0f} s.")
    lines += [f"Note: {note}" for note in report.notes[:5]]
    lines += ["", f"Next: {_next(report)}"]
    if report.run_id:
        lines.append(f"Run: {report.run_id}")
    return Notice(
        key=_key(report),
        level=level_of(report),
        title=f"{place}: {versions}: {str(report.outcome).replace('-', ' ')}",
        text="\n".join(lines),
        created=now,
        next_at=now,
    )


def take_in(outbox: Outbox, notice: Notice) -> Outbox:
    """The outbox with the notice in it; what waits or was told of late is not taken in again.

    An ending that is well makes room for the next trouble, though it be the same.
    """
    now = notice.created
    told = {key: at for key, at in outbox.told.items() if now < at + _SILENT}
    if notice.level is not Level.FAILURE:
        told = {key: at for key, at in told.items() if not key.startswith("trouble:")}
    if notice.key in told or any(each.key == notice.key for each in outbox.waiting):
        return Outbox(outbox.waiting, told)
    return Outbox((*outbox.waiting, notice), told | {notice.key: now})


def due(outbox: Outbox, now: datetime) -> tuple[Notice, ...]:
    """Those that may be sent now, the oldest first."""
    return tuple(each for each in outbox.waiting if each.next_at <= now)


def after_try(
    outbox: Outbox, notice: Notice, channels: Sequence[str], problem: str, now: datetime, expire: timedelta
) -> Outbox:
    """The outbox after a try: the notice is gone where every channel has it, or its time is up; else it waits on.

    notice: as it is now, with the channels that have it in `sent`.
    """
    rest = tuple(each for each in outbox.waiting if each.key != notice.key)
    if set(channels) <= set(notice.sent) or now >= notice.created + expire:
        return Outbox(rest, outbox.told)
    again = _AGAIN[min(notice.tries, len(_AGAIN) - 1)]
    waits = replace(notice, tries=notice.tries + 1, next_at=now + again, problem=problem)
    return Outbox((*rest, waits), outbox.told)


def outbox_from(document: Mapping[str, Any] | None) -> Outbox:
    """What was written down. Raises JournalDamaged."""
    if not document:
        return Outbox()
    try:
        return msgspec.convert(dict(document), Outbox)
    except msgspec.ValidationError as error:
        raise JournalDamaged(f"outbox.json cannot be read: {error}", "run: clawupgrade notice clear") from error


def document_of(outbox: Outbox) -> dict[str, Any]:
    """As it is written down."""
    document: dict[str, Any] = msgspec.to_builtins(outbox)
    return document


def _key(report: Report) -> str:
    if report.run_id:
        return f"run:{report.run_id}:{report.outcome}"
    words = _NUMBER.sub("#", f"{report.outcome} {report.reason} {report.message}")
    kind = "trouble" if level_of(report) is Level.FAILURE else "ending"
    return f"{kind}:{sha256(words.encode()).hexdigest()[:16]}"


def _next(report: Report) -> str:
    run = report.run_id
    match report.outcome:
        case Outcome.UPGRADED | Outcome.MENDED:
            return "nothing; clawupgrade rollback takes it back"
        case Outcome.ROLLED_BACK:
            return f"clawupgrade report {run}; the version is passed over: clawupgrade quarantine list"
        case Outcome.BROKEN:
            return f"clawupgrade show {run}".rstrip() + "; " + (report.hint or "clawupgrade recover")
        case Outcome.NEEDS_PERSON:
            return report.hint or "clawupgrade diagnose"
        case Outcome.NOTHING_TO_DO | Outcome.SKIPPED | Outcome.STAGED:
            return report.hint or "nothing"
        case _:
            return report.hint or (f"clawupgrade show {run}" if run else "clawupgrade plan")
