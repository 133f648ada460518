"""One change of a config, and all of them: as lines for people, as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from clawupgrade.openclaw.document import Steps, render


class Kind(StrEnum):
    """What happened to a value. The text is part of the JSON contract."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


class Judgement(StrEnum):
    """How grave it is, the gravest last. The text is part of the JSON contract."""

    EXPECTED = "expected"
    COSMETIC = "cosmetic"
    SUSPICIOUS = "suspicious"
    LOSS = "loss"


_GRAVITY = {judgement: weight for weight, judgement in enumerate(Judgement)}
_SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~", Kind.MOVED: ">"}


class Change(Struct, frozen=True):
    """A change at one path. `before` and `after` are masked texts, "" where there is no value.

    path: where the value is now, or was. came_from: where a moved value was.
    reason: the migration or rule behind the judgement, in words.
    """

    kind: Kind
    path: Steps
    before: str
    after: str
    judgement: Judgement
    reason: str
    came_from: Steps = ()

    @property
    def line(self) -> str:
        """`~ gateway.port: 18789 → 19000  [suspicious: …]`."""
        place = render(self.path)
        match self.kind:
            case Kind.ADDED:
                what = f"{place}: {self.after}"
            case Kind.REMOVED:
                what = f"{place}: {self.before}"
            case Kind.CHANGED:
                what = f"{place}: {self.before} → {self.after}"
            case Kind.MOVED:
                what = f"{render(self.came_from)} → {place}: {self.after}"
        return f"{_SIGNS[self.kind]} {what}  [{self.judgement}: {self.reason}]"


class Diff(Struct, frozen=True):
    """All changes, the gravest first, then by path."""

    changes: tuple[Change, ...]

    @staticmethod
    def of(changes: Iterable[Change]) -> Diff:
        """Sorted as people should read them."""
        return Diff(tuple(sorted(changes, key=lambda one: (-_GRAVITY[one.judgement], render(one.path)))))

    @property
    def worst(self) -> Judgement | None:
        """The gravest judgement, None when nothing changed."""
        return self.changes[0].judgement if self.changes else None

    def judged(self, *judgements: Judgement) -> tuple[Change, ...]:
        """The changes with one of these judgements."""
        return tuple(one for one in self.changes if one.judgement in judgements)

    @property
    def lines(self) -> tuple[str, ...]:
        """One line per change, without colours."""
        return tuple(one.line for one in self.changes)

    def to_json(self) -> list[dict[str, str]]:
        """One object of texts per change; `from` only where something moved."""
        return [
            {
                "kind": one.kind,
                "path": render(one.path),
                **({"from": render(one.came_from)} if one.came_from else {}),
                "before": one.before,
                "after": one.after,
                "judgement": one.judgement,
                "reason": one.reason,
            }
            for one in self.changes
        ]
