"""Builds the `connect` request: who asks, for what, with which secret, and the proof of a device key."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from clawupgrade.gateway.credential import Credential
from clawupgrade.gateway.device import DeviceIdentity, signed_words

OLDEST_PROTOCOL = 1
NEWEST_PROTOCOL = 99
"""2026.2.12 and 2026.4.29 speak 3, 2026.6.11 and 2026.9.6 speak 4; each takes a range that holds its own."""

CLIENT_ID = "gateway-client"
CLIENT_MODE = "backend"
ROLE = "operator"
SCOPES = ("operator.read",)
"""Enough for `health`, and nothing that a gateway would want a person's approval for."""


class Challenge(Struct, frozen=True):
    """What the server said first. `at_ms`: its clock in milliseconds since the epoch, where it told."""

    nonce: str
    at_ms: int | None


class Client(Struct, frozen=True):
    """Who asks. `now_ms`: milliseconds since the epoch, for challenges that carry no time."""

    version: str
    platform: str
    now_ms: int


def connect_params(
    challenge: Challenge, client: Client, credential: Credential | None, device: DeviceIdentity | None
) -> dict[str, Any]:
    """The `params` of `connect`, as docs/gateway/protocol.md of 2026.2.12 … 2026.9.6 want them.

    They hold the secret in clear: they are for the socket alone.
    """
    params: dict[str, Any] = {
        "minProtocol": OLDEST_PROTOCOL,
        "maxProtocol": NEWEST_PROTOCOL,
        "client": {
            "id": CLIENT_ID,
            "version": client.version,
            "platform": client.platform,
            "mode": CLIENT_MODE,
        },
        "role": ROLE,
        "scopes": list(SCOPES),
        "caps": [],
    }
    if credential is not None:
        params["auth"] = {credential.kind: credential.value}
    if device is not None:
        params["device"] = _proof(challenge, client, credential, device)
    return params


def _proof(
    challenge: Challenge, client: Client, credential: Credential | None, device: DeviceIdentity
) -> dict[str, Any]:
    # 2026.9 wants the challenge's own time, so that two clocks that differ do no harm.
    signed_at_ms = client.now_ms if challenge.at_ms is None else challenge.at_ms
    payload = signed_words(
        device,
        client_id=CLIENT_ID,
        client_mode=CLIENT_MODE,
        role=ROLE,
        scopes=SCOPES,
        signed_at_ms=signed_at_ms,
        token=credential.value if credential and credential.kind == "token" else "",
        nonce=challenge.nonce,
    )
    return {
        "id": device.device_id,
        "publicKey": device.public_key,
        "signature": device.sign(payload),
        "signedAt": signed_at_ms,
        "nonce": challenge.nonce,
    }
