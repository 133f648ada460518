"""A hold: no upgrade begins while it stands. It lies beside the runs, never in what is restored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

import msgspec
from msgspec import Struct

from clawupgrade.errors import JournalDamaged, UsageError
from clawupgrade.policy.durations import duration

KEPT_AS = "hold"


class Hold(Struct, frozen=True):
    """since, until: UTC; `until` None means until somebody lifts it. reason: for whoever wonders later."""

    since: datetime
    until: datetime | None = None
    reason: str = ""

    def stands(self, now: datetime) -> bool:
        """Whether it forbids a run at this moment."""
        return self.until is None or now < self.until


def hold_from(document: Mapping[str, Any] | None) -> Hold | None:
    """The hold that was written down. Raises JournalDamaged: nobody can tell, so nobody may go on."""
    if not document:
        return None
    try:
        return msgspec.convert(dict(document), Hold)
    except msgspec.ValidationError as error:
        raise JournalDamaged(f"hold.json cannot be read: {error}", "run: clawupgrade unhold") from error


def moment(text: str, now: datetime, zone: tzinfo) -> datetime:
    """When a hold ends: after a span (`3d`), or at a date or a time (`2026-12-01`, `2026-12-01T08:00`).

    A time without an offset is one of `zone`; a date means the beginning of that day.

    Raises:
        UsageError: it is neither, or has passed.
    """
    try:
        return now + _some(duration(text))
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"“{text}” is neither a span of time nor a date", "write 3d, 2026-12-01 or 2026-12-01T08:00"
        ) from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    if found <= now:
        raise UsageError(f"{text} has passed already", "name a time to come")
    return found.astimezone(now.tzinfo)


def _some(span: timedelta) -> timedelta:
    if span <= timedelta(0):
        raise UsageError("a hold needs some time", "write --until 3d, or leave it out")
    return span
