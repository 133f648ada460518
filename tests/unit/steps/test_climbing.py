"""The ladder in an upgrade: one rung at most, only where the secret is still the same, never for a person's refusal."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed
from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.model import CredentialRef
from clawupgrade.steps import climbing
from clawupgrade.testing import daemon, services
from steps.taking import NEW, reached

MISMATCH = Answer(AnswerKind.REFUSED, Reached.RESPONSE, detail_code="AUTH_TOKEN_MISMATCH", credentialed=True)
HELLO = Answer(AnswerKind.HELLO, Reached.RESPONSE, server_version=NEW.version, credentialed=True)


@dataclass
class Scripted:
    """A gateway that answers so, the last answer again and again."""

    answers: list[Answer]
    knocks: int = 0

    def ask(self, address: Address, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        self.knocks += 1
        return self.answers[min(self.knocks, len(self.answers)) - 1]


def test_a_gateway_that_holds_an_older_secret_is_restarted() -> None:
    machine, plan = reached("handshake")
    before = machine.world.daemon
    host = replace(machine.host(), gateways=Scripted([MISMATCH, HELLO]))
    _, _, climbed = climbing.await_target(host, plan, plan.hops[0].live, "handshake")
    assert climbed == ("restart",)
    assert before is not None
    assert machine.world.daemon is not None
    assert machine.world.daemon.pid != before.pid


def test_a_unit_with_another_secret_is_written_anew_by_the_target() -> None:
    machine, plan = reached("handshake")
    world = machine.world
    text = (world.disk.file(world.layout.unit_path) or b"").decode()
    stale = text.replace("[Install]", "Environment=OPENCLAW_GATEWAY_TOKEN=an-older-one\n[Install]")
    world.disk.put_text(world.layout.unit_path, stale)
    services.load(world)
    daemon.end(world)
    daemon.launch(world)
    host = replace(machine.host(), gateways=Scripted([MISMATCH, HELLO]))
    _, _, climbed = climbing.await_target(host, plan, plan.hops[0].live, "handshake")
    assert climbed == ("refresh-service",)
    assert b"an-older-one" not in (world.disk.file(world.layout.unit_path) or b"")


def test_what_a_rung_does_not_help_is_condemned_after_the_second_knock() -> None:
    machine, plan = reached("handshake")
    gateway = Scripted([MISMATCH])
    with pytest.raises(StepFailed, match="the gateway is guarded"):
        climbing.await_target(replace(machine.host(), gateways=gateway), plan, plan.hops[0].live, "handshake")
    assert gateway.knocks == 2


def test_a_gateway_that_serves_is_left_alone() -> None:
    machine, plan = reached("handshake")
    _, _, climbed = climbing.await_target(machine.host(), plan, plan.hops[0].live, "handshake")
    assert climbed == ()
