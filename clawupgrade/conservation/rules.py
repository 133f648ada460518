"""When a difference is a loss: one function for each kind of row, each answering in words, "" for none."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.conservation.of_state import LEFT_BEHIND
from clawupgrade.conservation.thing import Thing, Things
from clawupgrade.openclaw.diff.renames import new_places
from clawupgrade.openclaw.document import render, steps

# Jobs that came due while the gateway was away run late; that late, and one will not run any more.
_LATE_MS = 15 * 60 * 1000
# Names that doctors give to the same thing (docs/cli/doctor/checks.md of 2026.9.6).
_RENAMED = {"openai-codex": "openai", "codex": "openai"}


class Pair(Struct, frozen=True):
    """One thing before, and what a row has after. now: ms since the epoch. serving: whether the gateway is up."""

    name: str
    before: Thing
    after: Things
    now: int
    serving: bool = True

    @property
    def found(self) -> Thing | None:
        """The thing after: under its name, or under the one that a doctor is known to give it."""
        whole, _, rest = self.name.partition(":")
        renamed = _RENAMED.get(whole, whole) + (f":{rest}" if rest else "")
        folded = {name.casefold(): thing for name, thing in self.after.items()}
        return self.after.get(self.name) or self.after.get(renamed) or folded.get(self.name.casefold())


def gone(pair: Pair) -> str:
    """It is not there any more."""
    return "" if pair.found is not None else "is gone"


def gone_or_emptied(pair: Pair) -> str:
    """It is not there any more, or only its name is: some stores are carried over when the gateway starts."""
    found = pair.found
    if found is None:
        return "is gone"
    return "is only named, its credential is gone" if pair.before.value and not found.value and pair.serving else ""


def gone_or_off(pair: Pair) -> str:
    """It is not there any more, or was switched off."""
    found = pair.found
    if found is None:
        return "is gone"
    return "was switched off" if pair.before.on is True and found.on is False else ""


def gone_or_off_or_unversioned(pair: Pair) -> str:
    """The same, and an installed plugin is still installed."""
    found = pair.found
    if found is not None and pair.before.value and not found.value:
        return f"is not installed any more; it was {pair.before.value}"
    return gone_or_off(pair)


def job_lost(pair: Pair) -> str:
    """Gone, switched off, or never to run again; one that was to run once and was due has had its time."""
    before, found = pair.before, pair.found
    if before.own or (before.once and before.due is not None and before.due <= pair.now):
        return ""
    if found is None:
        return "is gone"
    if found.value == LEFT_BEHIND and before.value != LEFT_BEHIND and pair.serving:
        return "stands in the old cron/jobs.json only, which the gateway does not read any more"
    if before.on is True and found.on is False:
        return "was switched off"
    if before.on is not True or before.due is None or before.once or not pair.serving:
        return ""  # 2026.6.11 carries jobs into its table, and counts next runs, when its gateway starts
    if found.due is None:
        return "has no next run"
    return "is overdue and does not run" if found.due < pair.now - _LATE_MS < before.due else ""


def silent(pair: Pair) -> str:
    """An account that ran does not run, or one that was connected is not (#91873: “healthy” without its channel)."""
    found = pair.found
    if pair.before.on is True and (found is None or found.on is not True):
        return "does not run any more"
    return "is not connected any more" if pair.before.value and found is not None and not found.value else ""


def turned_plain(pair: Pair) -> str:
    """A reference, at its path or where a doctor moves that, is still the same reference (#9627)."""
    path = steps(pair.name)
    places = (pair.name, *(render(place) for place, _ in new_places(path)))
    found = [pair.after[place] for place in places if place in pair.after]
    if any(each.value == pair.before.value for each in found):
        return ""
    if any(each.value == pair.before.value and steps(name)[-1:] == path[-1:] for name, each in pair.after.items()):
        return ""  # it moved, with its name
    return f"does not name {pair.before.value} any more"


def another(pair: Pair) -> str:
    """It has another value, or is gone."""
    found = pair.found
    if found is None:
        return "is gone"
    return "" if found.value == pair.before.value else "is another one"


def more_open(pair: Pair) -> str:
    """The group or everybody may do more with the file than before; a file that is gone is no matter here."""
    found = pair.found
    if found is None:
        return ""
    more = int(found.value, 8) & ~int(pair.before.value, 8) & 0o077
    return f"has mode {found.value}, and had {pair.before.value}" if more else ""
