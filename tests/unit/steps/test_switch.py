"""Switch: what it says when the old version is nowhere."""

from __future__ import annotations

import pytest

from clawupgrade.errors import UndoFailed
from steps.taking import reached, take_back


def test_switch_says_where_it_looked_when_the_old_version_is_nowhere() -> None:
    machine, plan = reached("switch")
    for root in (plan.hops[0].live, plan.hops[0].tree):
        machine.world.disk.delete(root)
    with pytest.raises(UndoFailed, match=r"2026.6.11 lies neither in"):
        take_back("switch", plan, machine.host())
