"""Waiting for a gateway: a door that is shut for a while is left alone meanwhile, unless somebody says stop."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

from msgspec.structs import replace

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.gateway.patience import SHUT_DOOR
from clawupgrade.gateway.verdict import Judgement
from clawupgrade.model import CredentialRef
from clawupgrade.ports import Clock
from clawupgrade.steps import serving
from clawupgrade.testing.clock import MemoryFence
from steps.taking import NEW, reached

LIMITED = Answer(AnswerKind.REFUSED, Reached.RESPONSE, detail_code="AUTH_RATE_LIMITED", credentialed=True)
HELLO = Answer(AnswerKind.HELLO, Reached.RESPONSE, server_version=NEW.version, credentialed=True)


@dataclass
class Door:
    """A gateway whose door is shut for a while; `knocks` are the times at which it was asked."""

    clock: Clock
    opens_at: float
    said: Answer = LIMITED
    knocks: list[float] = field(default_factory=list)

    def ask(self, address: Address, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        now = self.clock.monotonic()
        self.knocks.append(now)
        return HELLO if now >= self.opens_at else self.said


def test_a_shut_door_is_not_knocked_at_until_it_opens_again() -> None:
    machine, plan = reached("handshake")
    host = machine.host()
    door = Door(host.clock, host.clock.monotonic() + 300)
    _, verdict = serving.settle(replace(host, gateways=door), plan, "handshake")
    assert verdict.condemns is Judgement.ACCEPT
    first, second = door.knocks
    assert second - first == SHUT_DOOR


def test_a_gateway_that_says_how_long_is_believed() -> None:
    machine, plan = reached("handshake")
    host = machine.host()
    door = Door(host.clock, host.clock.monotonic() + 7, replace(LIMITED, retry_after_ms=7000))
    serving.settle(replace(host, gateways=door), plan, "handshake")
    first, second = door.knocks
    assert second - first == 7


def test_whoever_says_stop_does_not_wait_for_the_door() -> None:
    machine, plan = reached("handshake")
    host = replace(machine.host(), fence=MemoryFence(machine.world, signal.SIGTERM))
    door = Door(host.clock, host.clock.monotonic() + 3)
    serving.settle(replace(host, gateways=door), plan, "handshake")
    assert door.knocks[1] - door.knocks[0] == 1
