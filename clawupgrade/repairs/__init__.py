"""The ladder: one small repair a file, cheapest and least intrusive first; each says what it will do."""

from __future__ import annotations

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.repairs.clear_device import ClearDevice
from clawupgrade.repairs.generate import Generate
from clawupgrade.repairs.move_key import MoveKey
from clawupgrade.repairs.pair import Pair
from clawupgrade.repairs.put_back import PutBack
from clawupgrade.repairs.refresh import Refresh
from clawupgrade.repairs.repair import Repair
from clawupgrade.repairs.restart import Restart
from clawupgrade.repairs.wait import Wait

LADDER: tuple[Repair, ...] = (
    Wait(),
    Restart(),
    Refresh(),
    MoveKey(),
    PutBack(),
    Generate(),
    ClearDevice(),
    Pair(),
)


def repair_for(rung: Rung) -> Repair:
    """The repair of a rung; every rung has one."""
    return next(repair for repair in LADDER if repair.rung is rung)


def in_order(rungs: tuple[Rung, ...]) -> tuple[Rung, ...]:
    """Several rungs of one climb: what changes the config comes before what writes the unit from it."""
    return tuple(sorted(rungs, key=lambda rung: (rung is Rung.REFRESH, list(Rung).index(rung))))
