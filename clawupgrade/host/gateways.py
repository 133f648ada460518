"""Asks gateways on behalf of the core, which knows where a credential stands but never its value."""

from __future__ import annotations

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer
from clawupgrade.host.dial import Dial
from clawupgrade.host.secrets import LocalSecrets
from clawupgrade.model import CredentialRef


class LocalGateways:
    """The `Gateways` port."""

    def __init__(self, dial: Dial, secrets: LocalSecrets) -> None:
        self._dial = dial
        self._secrets = secrets

    def ask(self, address: Address, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        """One handshake. A credential that cannot be had is asked without; the Answer says so."""
        known = self._secrets.credential(credential) if credential is not None else None
        return self._dial.ask(address, known, timeout=timeout)
