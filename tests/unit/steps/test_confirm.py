"""Confirm: what the target wrote is on the disk, and a stranger sees it serve."""

from __future__ import annotations

import pytest

from clawupgrade.errors import StepFailed
from clawupgrade.ports import Completed
from steps.taking import ending, reached, take


def test_confirm_goes_by_a_stranger() -> None:
    machine, plan = reached("confirm")
    with pytest.raises(StepFailed, match="a second, independent handshake failed: exit 4"):
        take("confirm", plan, ending(machine.host(), "probe", Completed(4, "", "", 1.0)))


def test_confirm_makes_durable_what_the_target_wrote() -> None:
    machine, plan = reached("confirm")
    take("confirm", plan, machine.host())
    before = dict(machine.world.disk.entries)
    machine.lose_power()
    lost = [path for path, entry in before.items() if machine.world.disk.entries[path] != entry]
    assert lost == []
