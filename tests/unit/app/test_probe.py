"""The stranger's handshake: nothing but the run's plan, and the gateway's answer."""

from __future__ import annotations

import pytest

from clawupgrade.app.probe import WELL_ENOUGH, probe
from clawupgrade.errors import StepFailed
from clawupgrade.gateway.verdict import Judgement
from clawupgrade.testing import daemon
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import RUN, plan_for
from clawupgrade.testing.releases import Release, Serving


def planned(serving: Serving) -> Machine:
    """A machine whose plan was made when its gateway was well, and whose gateway is now `serving` so."""
    machine = born([Release("2026.6.11"), Release("2026.9.6")])
    machine.runs().create(plan_for(machine, Release("2026.9.6")))
    world = machine.world
    release = Release("2026.6.11", serving=serving)
    world.registry = {release.spec: release}
    daemon.end(world)
    daemon.launch(world)
    return machine


def test_a_gateway_that_serves_is_well_enough() -> None:
    machine = planned(Serving.WELL)
    assert probe(machine.host(), machine.runs(), RUN).condemns in WELL_ENOUGH


def test_pairing_is_left_to_a_person() -> None:
    machine = planned(Serving.PAIRING)
    assert probe(machine.host(), machine.runs(), RUN).condemns is Judgement.NEEDS_PERSON


@pytest.mark.parametrize("serving", [Serving.MISMATCH, Serving.SILENT, Serving.BROKEN])
def test_what_is_worse_than_before_condemns(serving: Serving) -> None:
    machine = planned(serving)
    with pytest.raises(StepFailed):
        probe(machine.host(), machine.runs(), RUN)
