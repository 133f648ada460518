"""Two inventories become losses, each in words and with what it means for the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from clawupgrade.conservation.material import Material
from clawupgrade.conservation.rows import ROWS, OnLoss, Row
from clawupgrade.conservation.rules import Pair
from clawupgrade.conservation.thing import Inventory


class Loss(Struct, frozen=True):
    """One thing that did not survive. row, name: which. words: a sentence without a full stop."""

    row: str
    name: str
    words: str
    policy: OnLoss


def take(material: Material) -> Inventory:
    """The inventory of one look; rows whose material could not be read whole are left out."""
    return Inventory({row.key: dict(row.read(material)) for row in ROWS if row.source not in material.torn})


def losses(
    before: Inventory, after: Inventory, *, now: int, policy: Mapping[str, str], serving: bool = True
) -> tuple[Loss, ...]:
    """What was there before and is not after, row by row; a row that either look could not read has none.

    now: ms since the epoch. policy: by row, where it is not the row's own. serving: whether the gateway is up;
    some of what a release keeps comes to its place only then.
    """
    found: list[Loss] = []
    for row in ROWS:
        on_loss = OnLoss(policy.get(row.key, row.policy))
        found += _of_row(row, before, after, _Moment(now, serving), on_loss)
    return tuple(found)


class _Moment(Struct, frozen=True):
    now: int
    serving: bool


def unread(before: Inventory, after: Inventory) -> tuple[str, ...]:
    """Rows that were read before and cannot be now: nobody can say that nothing was lost."""
    return tuple(key for key in before.rows if key not in after.rows)


def names_beyond(one: Inventory, other: Inventory) -> dict[str, list[str]]:
    """By row, the names that one inventory has and the other has not; rows without any are left out."""
    shared = {key: things for key, things in one.rows.items() if other.of(key) is not None}
    found = {key: sorted(set(things) - set(other.rows[key])) for key, things in shared.items()}
    return {key: names for key, names in found.items() if names}


def _of_row(row: Row, before: Inventory, after: Inventory, moment: _Moment, policy: OnLoss) -> Iterator[Loss]:
    old, new = before.of(row.key), after.of(row.key)
    if old is None or new is None:
        return
    if row.appears:
        yield from (Loss(row.key, name, f"{name} is new: {row.incident}", policy) for name in new if name not in old)
        return
    for name, thing in old.items():
        if why := row.lost(Pair(name, thing, new, moment.now, moment.serving)):
            named = f" “{thing.label}”" if thing.label and thing.label != name else ""
            yield Loss(row.key, name, f"{row.what} {name}{named} {why}", policy)
