"""Handshake: the target, in the process that the service owns, no worse than before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed
from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.model import CredentialRef, Service
from clawupgrade.ports import Process, ServiceState
from clawupgrade.steps import steps_of
from clawupgrade.testing.releases import Serving
from steps.taking import NEW, reached, take


@dataclass(frozen=True, slots=True)
class Gateways:
    """A gateway that gives one answer."""

    answer: Answer

    def ask(self, address: Address, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        return self.answer


def test_handshake_wants_the_target_to_answer() -> None:
    machine, plan = reached("handshake")
    old = Answer(AnswerKind.HELLO, Reached.RESPONSE, server_version="2026.6.11", protocol=4, credentialed=True)
    with pytest.raises(StepFailed, match=r"answers as 2026.6.11, not as 2026.9.6"):
        take("handshake", plan, replace(machine.host(), gateways=Gateways(old)))
    nameless = replace(old, server_version="dev")
    take("handshake", plan, replace(machine.host(), gateways=Gateways(nameless)))


def test_handshake_wants_the_listener_to_be_the_services_own_process() -> None:
    machine, plan = reached("handshake")

    class Elsewhere:
        def look(self, service: Service) -> ServiceState:
            return ServiceState(True, 1)

        def words(self, service: Service, since: datetime) -> Sequence[str]:
            return ()

    with pytest.raises(StepFailed, match="is held by process 4003, but the service runs as 1"):
        take("handshake", plan, replace(machine.host(), services=Elsewhere()))  # type: ignore[arg-type]


def test_handshake_takes_a_child_of_the_services_process_for_its_own() -> None:
    """clawdbot 2026.1.24-3 is a parent that serves through a child."""
    machine, plan = reached("handshake")
    host = machine.host()
    owned = host.services.look(plan.landing.service).main_pid
    assert owned is not None

    class OfAParent:
        def listeners(self, port: int) -> tuple[Process, ...]:
            return (Process(77, 1.0, ("clawdbot-gateway",), 0, parent=owned),)

        def find(self, pid: int) -> Process | None:
            return Process(pid, 1.0, ("clawdbot",), 0) if pid == owned else None

        def ancestors(self) -> tuple[Process, ...]:
            return ()

    take("handshake", plan, replace(host, processes=OfAParent()))


@pytest.mark.parametrize("serving", [Serving.SILENT, Serving.BROKEN, Serving.MISMATCH])
def test_handshake_condemns_what_is_worse_than_before(serving: Serving) -> None:
    machine, plan = reached("handshake", replace(NEW, serving=serving))
    with pytest.raises(StepFailed, match="the gateway is"):
        take("handshake", plan, machine.host())


def test_handshake_leaves_pairing_to_a_person() -> None:
    machine, plan = reached("handshake", replace(NEW, serving=Serving.PAIRING))
    step = next(step for step in steps_of(plan) if step.name.startswith("handshake"))
    assert step.prove(machine.host(), plan)["needs_person"] is True
