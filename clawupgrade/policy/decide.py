"""Whether a run may begin now, and to this version: go, skip with a reason, or wait until a moment."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import TypeAlias

from msgspec import Struct

from clawupgrade.openclaw.versions import is_newer
from clawupgrade.policy.durations import words
from clawupgrade.policy.hold import Hold
from clawupgrade.policy.jitter import jitter
from clawupgrade.policy.quarantine import Quarantined
from clawupgrade.policy.settings import Settings
from clawupgrade.policy.windows import openings

_LOOK_AGAIN = timedelta(minutes=1)


class Go(Struct, frozen=True):
    """Nothing speaks against it."""


class Skip(Struct, frozen=True):
    """Not this time. code: stable, for programs; reason: for people; hint: what would change it.

    signal: the one that ended the wait.
    """

    code: str
    reason: str
    hint: str = ""
    signal: int | None = None


class Wait(Struct, frozen=True):
    """Ask again at `until`."""

    until: datetime
    reason: str


Decision: TypeAlias = Go | Skip | Wait


class Moment(Struct, frozen=True):
    """What is known before anybody asks the network. All times are UTC.

    began: when the command was called; it waits `when.patience` from there. key: names the installation.
    inhibitors: the names in the inhibit folder. zone: the machine's own, for windows without one.
    """

    now: datetime
    began: datetime
    zone: tzinfo
    key: str
    hold: Hold | None = None
    inhibitors: tuple[str, ...] = ()


class Candidate(Struct, frozen=True):
    """A release that may be upgraded to. is_explicit: a person or a script named exactly this version."""

    version: str
    installed: str
    published: datetime | None = None
    is_explicit: bool = False
    quarantined: Quarantined | None = None


def may_begin(settings: Settings, moment: Moment, *, at_once: bool = False) -> Decision:
    """Whether a run may begin. at_once: windows and jitter do not count, holds and inhibitors do."""
    hold = moment.hold
    if hold is not None and hold.stands(moment.now):
        until = f" until {hold.until.isoformat()}" if hold.until else ""
        because = f": {hold.reason}" if hold.reason else ""
        return Skip("held", f"upgrades are held{until}{because}", "clawupgrade unhold, or run --force")
    if moment.inhibitors:
        names = ", ".join(moment.inhibitors[:3])
        return Skip("inhibited", f"{settings.when_inhibit} holds {names}", "remove it, or run --force")
    if at_once or not settings.when_windows:
        return Go()
    return _in_window(settings, moment)


def _in_window(settings: Settings, moment: Moment) -> Decision:
    opening = next(openings(settings.when_windows, moment.zone, moment.now), None)
    if opening is None:
        return Skip("outside-window", "no window opens within the next week", "see: clawupgrade config show")
    span = min(settings.when_jitter, opening.end - opening.begin - timedelta(seconds=1))
    turn = opening.begin + jitter(moment.key, span)
    if turn <= moment.now:
        return Go()
    local = f"{turn.astimezone(moment.zone):%a %Y-%m-%d %H:%M %Z}"
    if turn - moment.began > settings.when_patience:
        hint = "the next timer tries again; to go now: run --now"
        return Skip("outside-window", f"outside of its windows; its next time is {local}", hint)
    return Wait(turn, f"waiting for its time, {local}")


def may_go_to(settings: Settings, candidate: Candidate, now: datetime) -> Go | Skip:
    """Whether this release may be upgraded to."""
    version = candidate.version
    if settings.pin == version and is_newer(candidate.installed, version) and not candidate.is_explicit:
        return Skip("pinned", f"pinned at {version}, and {candidate.installed} is newer", "clawupgrade rollback")
    if version in settings.skip:
        return Skip("skipped-version", f"{version} is on the skip list", "take it off “skip”, or run --force")
    entry = candidate.quarantined
    if entry is not None:
        return Skip(
            "quarantined",
            f"{version} failed here on {entry.since:%Y-%m-%d} and is passed over until "
            f"{entry.until(settings.quarantine_for):%Y-%m-%d}: {entry.cause}",
            f"clawupgrade quarantine clear {version}, or run --force",
        )
    if candidate.is_explicit or settings.pin == version or not settings.minimum_age:
        return Go()
    if candidate.published is None:
        return Skip("too-young", f"nobody knows when {version} was published", "run --force, or name it with --to")
    age = now - candidate.published
    if age < settings.minimum_age:
        wanted = words(settings.minimum_age)
        return Skip("too-young", f"{version} is {words(age)} old, younger than {wanted}", "run --force to have it now")
    return Go()


def may_disturb(settings: Settings, active: tuple[str, ...], now: datetime, began: datetime) -> Decision:
    """Whether the gateway may be stopped while these sessions were active within `when.idle`.

    began: when waiting for them began.
    """
    if not active or not settings.when_idle:
        return Go()
    deadline = began + settings.when_patience
    names = ", ".join(active[:3])
    if now >= deadline:
        span = words(settings.when_patience)
        return Skip("busy", f"the gateway was not idle within {span}: {names}", "the next timer tries again")
    return Wait(min(deadline, now + _LOOK_AGAIN), f"waiting until idle: {names}")
