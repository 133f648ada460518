"""A gateway is asked with the credential that a reference leads to."""

from __future__ import annotations

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer, AnswerKind
from clawupgrade.gateway.credential import Credential
from clawupgrade.host.gateways import LocalGateways
from clawupgrade.model import CredentialRef

HERE = Address("127.0.0.1", 18789)
REF = CredentialRef("config", "/c", "gateway.auth.token", "token", "d")


class Dial:
    def __init__(self) -> None:
        self.asked: list[tuple[Address, Credential | None, float]] = []

    def ask(self, address: Address, credential: Credential | None, *, timeout: float) -> Answer:
        self.asked.append((address, credential, timeout))
        return Answer(AnswerKind.HELLO, credentialed=credential is not None)


class Secrets:
    def __init__(self, found: Credential | None) -> None:
        self.found = found

    def credential(self, ref: CredentialRef) -> Credential | None:
        assert ref == REF
        return self.found


def test_the_value_is_fetched_at_the_moment_of_asking() -> None:
    dial, token = Dial(), Credential("token", "x" * 20)
    answer = LocalGateways(dial, Secrets(token)).ask(HERE, REF, timeout=3.0)  # type: ignore[arg-type]
    assert dial.asked == [(HERE, token, 3.0)]
    assert answer.credentialed


def test_without_a_reference_or_a_value_it_is_asked_without() -> None:
    dial = Dial()
    LocalGateways(dial, Secrets(None)).ask(HERE, REF)  # type: ignore[arg-type]
    assert not LocalGateways(dial, Secrets(None)).ask(HERE, None).credentialed  # type: ignore[arg-type]
    assert [credential for _, credential, _ in dial.asked] == [None, None]
