"""A gateway, asked over its WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from clawupgrade.gateway.address import Address
    from clawupgrade.gateway.answer import Answer
    from clawupgrade.model import CredentialRef


class Gateways(Protocol):
    """Asks a gateway over its WebSocket. Credentials are fetched inside, by reference."""

    def ask(self, address: Address, credential: CredentialRef | None, *, timeout: float = 10.0) -> Answer:
        """One handshake. Never raises for what a gateway does; that is the Answer."""
        ...
