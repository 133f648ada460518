"""After success the gateway is watched for a while: what of all that is seen takes the upgrade back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.errors import JournalDamaged
from clawupgrade.gateway.verdict import Judgement

KEPT_AS = "soak"
_CONFIG = 78
"""OpenClaw's own exit code for a configuration that it cannot use; its unit does not start it again."""
_RESTARTS = 3
_PATIENCE = {"1008": 2, "broken": 3, "down": 3, "lost": 3, "silent": 10}
"""So many looks in a row have to see the same trouble: one alone may be a restart that somebody wanted."""


class Soak(Struct, frozen=True):
    """A watch under way. until: its end; confirm_by: from then on silence takes the upgrade back.

    restarts: of the service when the watch began. trouble, seen: what the last looks saw, how often in a row.
    """

    run_id: str
    version: str
    began: datetime
    until: datetime
    confirm_by: datetime | None = None
    restarts: int | None = None
    trouble: str = ""
    seen: int = 0
    words: str = ""


class Look(Struct, frozen=True):
    """What one look saw. judgement: of a handshake, None where nobody was asked.

    lost: a sentence for each channel account that is.
    """

    active: bool | None
    restarts: int
    exit_status: int | None
    judgement: Judgement | None
    words: str = ""
    is_silent: bool = False
    lost: tuple[str, ...] = ()


class GoOn(Struct, frozen=True):
    """The watch goes on."""

    soak: Soak


class Over(Struct, frozen=True):
    """It is over, and all is well."""


class TakeBack(Struct, frozen=True):
    """The upgrade is to be taken back."""

    reason: str


Turn: TypeAlias = GoOn | Over | TakeBack


def judge_look(soak: Soak, look: Look | None, now: datetime) -> Turn:
    """What a look means. None: nobody could look; that takes nothing back, nor does it end the watch early."""
    if look is not None and now < soak.until:
        seen = _feed(soak, look)
        if isinstance(seen, TakeBack):
            return seen
        soak = seen
    if now < soak.until:
        return GoOn(soak)
    if soak.confirm_by is None:
        return Over()
    if now >= soak.confirm_by:
        return TakeBack(f"nobody confirmed {soak.version} by {soak.confirm_by:%Y-%m-%d %H:%M} UTC")
    return GoOn(soak)


def _feed(soak: Soak, look: Look) -> Soak | TakeBack:
    before = look.restarts if soak.restarts is None else min(soak.restarts, look.restarts)
    if look.active is False and look.exit_status == _CONFIG:
        return TakeBack(f"the gateway of {soak.version} ended with 78: it cannot use its configuration")
    if look.restarts - before >= _RESTARTS:
        return TakeBack(f"the gateway of {soak.version} was restarted {look.restarts - before} times since the upgrade")
    trouble, words = _trouble(look)
    seen = soak.seen + 1 if trouble and trouble == soak.trouble else int(bool(trouble))
    if trouble and seen >= _PATIENCE[trouble]:
        # A crash loop that is not looked at long enough to be counted as one looks like silence.
        again = f"; restarts since the upgrade: {look.restarts - before}" if look.restarts > before else ""
        return TakeBack(f"after the upgrade to {soak.version} {words}{again}")
    return replace(soak, restarts=before, trouble=trouble, seen=seen, words=words)


def _trouble(look: Look) -> tuple[str, str]:
    if look.active is False:
        # Ended with 0: somebody stopped it, and may do so.
        return ("down", f"the gateway is down, status {look.exit_status}") if look.exit_status else ("", "")
    if look.lost:
        return "lost", ", ".join(look.lost)
    match look.judgement:
        case Judgement.REPAIR_THEN_ROLL_BACK:
            return "1008", f"the gateway refuses the credentials that opened it before: {look.words}"
        case Judgement.WAIT if look.is_silent:
            return "silent", f"the gateway does not answer: {look.words}"
        case Judgement.ROLL_BACK:
            return "broken", f"the gateway does not serve: {look.words}"
        case _:
            return "", ""


def soak_from(document: Mapping[str, Any] | None) -> Soak | None:
    """The watch that was written down. Raises JournalDamaged."""
    if not document:
        return None
    try:
        return msgspec.convert(dict(document), Soak)
    except msgspec.ValidationError as error:
        raise JournalDamaged(f"soak.json cannot be read: {error}", "run: clawupgrade confirm") from error
