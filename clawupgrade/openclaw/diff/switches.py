"""Which named things a set of changes switches off: no loss rule sees that, where nothing was there before."""

from __future__ import annotations

from collections.abc import Iterable

from clawupgrade.openclaw.diff.change import Change, Kind
from clawupgrade.openclaw.diff.members import member_of

_SHOWN = 8


def switched_off(changes: Iterable[Change]) -> dict[str, tuple[str, ...]]:
    """By kind, the names of things with a new `enabled: false`, in their order."""
    found: dict[str, list[str]] = {}
    for change in changes:
        is_switch = change.path[-1:] == ("enabled",) and change.after == "false" and change.kind is not Kind.REMOVED
        if is_switch and (member := member_of(change.path)) is not None and len(change.path) > 1:
            found.setdefault(member[0], []).append(member[1])
    return {kind: tuple(sorted(names)) for kind, names in found.items()}


def told(off: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """One sentence a kind: `doctor switched off 31 skills: 1password, … and 23 more`."""
    return tuple(
        f"doctor switched off {len(names)} {kind}{'s' if len(names) > 1 else ''}: {', '.join(names[:_SHOWN])}"
        + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        for kind, names in off.items()
    )
