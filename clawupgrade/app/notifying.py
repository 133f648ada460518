"""Notices: taken into an outbox when something has ended, sent from there until every channel has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from clawupgrade.engine.runs import Runs
from clawupgrade.errors import ClawupgradeError, Exit, JournalDamaged
from clawupgrade.model import Outcome, Report
from clawupgrade.policy.notices import (
    KEPT_AS,
    Notice,
    Outbox,
    after_try,
    document_of,
    due,
    is_wanted,
    level_of,
    notice_of,
    outbox_from,
    take_in,
)
from clawupgrade.ports import Event, Host

_A_MOMENT = timedelta(minutes=2)

Channels = Mapping[str, Callable[[Notice], None]]
"""What sends a notice, by a name that tells channels apart and holds no secret; raises ClawupgradeError or OSError."""


def outbox_of(runs: Runs) -> Outbox:
    """What waits. Raises JournalDamaged."""
    return outbox_from(runs.kept(KEPT_AS))


def note(host: Host, runs: Runs, report: Report, *, place: str, when: str) -> bool:
    """Take an ending into the outbox if somebody wants to hear of it and has not yet; whether it was taken in."""
    try:
        outbox = outbox_of(runs)
    except JournalDamaged as error:
        host.say(Event("note", text=f"{error.message}; it begins anew"))
        outbox = Outbox()
    found = notice_of(report, place, host.clock.now())
    found = replace(found, title=host.veil(found.title), text=_veiled(host, found.text))
    after = take_in(outbox, found)
    if not is_wanted(level_of(report), when):
        after = Outbox(outbox.waiting, {key: at for key, at in after.told.items() if key != found.key})
    if after != outbox:
        runs.keep(KEPT_AS, document_of(after))
    return len(after.waiting) > len(outbox.waiting)


def note_silent_end(host: Host, runs: Runs, *, place: str, when: str) -> bool:
    """The nightly service failed. Whoever left a result a moment ago has told of it by itself; else we do."""
    last = str((runs.kept("last-result") or {}).get("at", ""))
    now = host.clock.now()
    if last and now - datetime.fromisoformat(last) < _A_MOMENT:
        return False
    report = Report(
        Outcome.FAILED_CLEAN,
        int(Exit.FAILED_CLEAN),
        message=f"the nightly command of {now:%Y-%m-%d} ended without a result: it was killed, or could not start",
        hint="journalctl --user -u clawupgrade, or for root without --user; then: clawupgrade recover",
    )
    return note(host, runs, report, place=place, when=when)


def send_due(host: Host, runs: Runs, channels: Channels, expire: timedelta) -> tuple[Notice, ...]:
    """Try what is due, channel by channel; what still waits afterwards.

    Each try is noted at once: cut off in between, a notice is rather sent twice than never.
    """
    for notice in due(outbox_of(runs), host.clock.now()):
        sent, problem = notice.sent, ""
        for name, send in channels.items():
            if name in sent:
                continue
            try:
                send(notice)
                sent = (*sent, name)
            except (OSError, ClawupgradeError) as error:
                words = error.message if isinstance(error, ClawupgradeError) else str(error.strerror or error)
                problem = host.veil(words)
                host.say(Event("note", text=f"a notice could not be sent, and is tried again: {problem}"))
        now = host.clock.now()
        tried = replace(notice, sent=sent)
        runs.keep(KEPT_AS, document_of(after_try(outbox_of(runs), tried, tuple(channels), problem, now, expire)))
    return outbox_of(runs).waiting


def clear(runs: Runs) -> int:
    """Send nothing of what waits; how many there were. A file that cannot be read is replaced."""
    try:
        outbox = outbox_of(runs)
    except JournalDamaged:
        outbox = Outbox()
    runs.keep(KEPT_AS, document_of(Outbox((), outbox.told)))
    return len(outbox.waiting)


def _veiled(host: Host, text: str) -> str:
    return "\n".join(host.veil(line) for line in text.splitlines())
