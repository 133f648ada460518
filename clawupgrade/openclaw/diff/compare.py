"""Compares two config values leaf by leaf and says for each change what it was and how grave it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from clawupgrade.openclaw.diff.change import Change, Diff, Judgement, Kind
from clawupgrade.openclaw.diff.judging import Verdict, judge_added, judge_changed, judge_removed
from clawupgrade.openclaw.diff.leaves import leaves
from clawupgrade.openclaw.diff.masking import Mask
from clawupgrade.openclaw.diff.members import member_of
from clawupgrade.openclaw.diff.renames import new_places, retired_in
from clawupgrade.openclaw.document import Json, Steps, same
from clawupgrade.openclaw.document.includes import INCLUDE

Leaves = dict[Steps, Json]


class Stage(Struct, frozen=True):
    """A known change on the way: its name, and the whole value after it. The next stage builds on it."""

    name: str
    value: Json


def compare(
    before: Json,
    after: Json,
    *,
    mask: Mask,
    stages: Sequence[Stage] = (),
    refused: Collection[Steps] = (),
) -> Diff:
    """The changes from one config value to another.

    stages: what the plan's migrations make of `before`, in order. Their changes are expected; all else is
    judged from where the last stage ends, so that a value which a doctor dropped instead is a loss.
    refused: paths that the target's own validation called unknown. Values are compared as they stand in the
    file, `${VAR}` unexpanded, so that a reference that turned plain is seen.
    """
    changes: list[Change] = []
    for stage in stages:
        changes += _Comparison(leaves(before), leaves(stage.value), mask, f"by {stage.name}", refused).changes()
        before = stage.value
    changes += _Comparison(leaves(before), leaves(after), mask, "", refused).changes()
    return Diff.of(changes)


class _Comparison(Struct, frozen=True):
    """Two sets of leaves. `by` names the migration between them, "" where whatever happened is to be judged."""

    old: Leaves
    new: Leaves
    mask: Mask
    by: str
    refused: Collection[Steps]

    def changes(self) -> Iterator[Change]:
        gone = {path: value for path, value in self.old.items() if path not in self.new}
        come = {path: value for path, value in self.new.items() if path not in self.old}
        for path, was in self.old.items():
            if path in self.new and not same(was, self.new[path]):
                now = self.new[path]
                verdict = self._known() or judge_changed(path, was, now)
                yield Change(Kind.CHANGED, path, self.mask.show(was, path), self.mask.show(now, path), *verdict)
        for old, new, reason in _moves(gone, come):
            value = gone.pop(old)
            del come[new]
            verdict = self._known() or _judge_move(reason)
            shown = self.mask.show(value, new)
            yield Change(Kind.MOVED, new, shown, shown, *verdict, came_from=old)
        left = {member_of(path) for path in self.new}
        for path, value in gone.items():
            told = self._known() or self._of_a_name(path, value) or self._of_an_include(path)
            verdict = told or self._removed(path, value, left)
            yield Change(Kind.REMOVED, path, self.mask.show(value, path), "", *verdict)
        for path, value in come.items():
            verdict = self._known() or judge_added(path, value)
            yield Change(Kind.ADDED, path, "", self.mask.show(value, path), *verdict)

    def _removed(self, path: Steps, value: Json, left: Collection[tuple[str, str] | None]) -> Verdict:
        member = member_of(path)
        if (release := retired_in(path)) is not None and (member is None or member in left):
            return Judgement.EXPECTED, f"retired; {_doctor(release)}"
        is_refused = any(path[: len(way)] == way for way in self.refused)
        return judge_removed(path, value, is_refused=is_refused, lost=None if member in left else member)

    def _known(self) -> Verdict | None:
        return (Judgement.EXPECTED, self.by) if self.by else None

    def _of_a_name(self, path: Steps, value: Json) -> Verdict | None:
        """`agents.list[].id` becomes the key of `agents.entries`: the name is still there."""
        if path[-1:] != ("id",) or path[-2:-1] != (value,):
            return None
        for place, rename in new_places(path[:-1]):
            if any(one[: len(place)] == place for one in self.new):
                return Judgement.EXPECTED, f"the name is the key now; {_doctor(rename.seen_in)}"
        return None

    def _of_an_include(self, path: Steps) -> Verdict | None:
        """2026.2.12's doctor writes what was included into the file itself; the inventory counts what that was."""
        if path[-1:] != (INCLUDE,) or not any(one[: len(path) - 1] == path[:-1] for one in self.new):
            return None
        return Judgement.SUSPICIOUS, "the include is gone; what stands in its place was written out"


def _moves(gone: Leaves, come: Leaves) -> list[tuple[Steps, Steps, str]]:
    """(from, to, reason) of values that left one path and stand, the same, at another one that is new."""
    found: list[tuple[Steps, Steps, str]] = []
    taken: set[Steps] = set()
    for old, value in gone.items():
        candidates = [(new, _doctor(rename.seen_in)) for new, rename in new_places(old)]
        like = [new for new, other in come.items() if new[-1:] == old[-1:] and same(other, value)]
        if len(like) == 1:  # two such places prove nothing
            candidates.append((like[0], ""))
        for new, reason in candidates:
            if new in come and new not in taken and same(come[new], value):
                found.append((old, new, reason))
                taken.add(new)
                break
    return found


def _judge_move(reason: str) -> Verdict:
    if reason:
        return Judgement.EXPECTED, reason
    return Judgement.SUSPICIOUS, "no migration known here moves it"


def _doctor(seen_in: str) -> str:
    return f"OpenClaw's own doctor, as of {seen_in}"
