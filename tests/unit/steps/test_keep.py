"""Keep: an exact copy, or none."""

from __future__ import annotations

import pytest

from clawupgrade.errors import StepFailed
from clawupgrade.model import Engine
from clawupgrade.steps import steps_of
from steps.taking import reached


def test_keep_wants_an_exact_copy() -> None:
    machine, plan = reached("keep", engine=Engine.INPLACE)
    step = steps_of(plan)[0]
    step.do(machine.host(), plan)
    machine.world.disk.put_text(f"{plan.hops[0].tree}/dist/entry.js", "torn")
    with pytest.raises(StepFailed, match="changed while it was copied") as failed:
        step.prove(machine.host(), plan)
    assert failed.value.transient
