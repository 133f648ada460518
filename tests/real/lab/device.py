"""Devices of the tests' own, and what they ask of a real gateway: to be let in, from here or from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.sync.client import ClientConnection, connect

from .guises import DEVICE_KEY
from .host import Host

ELSEWHERE = {"X-Forwarded-For": "203.0.113.7"}
"""Whoever comes with this has not come over loopback, as far as a gateway can tell."""
_RULER = ("operator.admin", "operator.approvals", "operator.pairing")
Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Device:
    """A key, and as which client it asks."""

    client: str = "cli"
    mode: str = "cli"
    scopes: tuple[str, ...] = ("operator.read",)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate, repr=False)

    @property
    def public(self) -> bytes:
        """The raw public key."""
        return self.key.public_key().public_bytes_raw()

    @property
    def device_id(self) -> str:
        """As gateways know it."""
        return hashlib.sha256(self.public).hexdigest()


def make_device(host: Host, *, approved: bool) -> str:
    """Put a new key where guises look for it; `approved`: let the gateway pair it for `operator.read`. Its id."""
    device = Device()
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    host.path(DEVICE_KEY).write_bytes(device.key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    if approved:
        with _opened(host, device) as (_, answer):
            assert answer["ok"], answer
    return device.device_id


def take_own_device(host: Host) -> None:
    """Let guises sign with the key of the host's own `openclaw` command. Raises FileNotFoundError before its first."""
    identity = json.loads((host.config_path().parent / "identity/device.json").read_text())
    host.path(DEVICE_KEY).write_text(identity["privateKeyPem"])


def ask_to_be_paired(host: Host) -> str:
    """A new device asks from elsewhere, of a gateway without any disguise; the id of its request."""
    with _opened(host, Device(), ELSEWHERE) as (_, answer):
        return str(answer["error"]["details"]["requestId"])


def approve_on_the_dashboard(host: Host, request: str) -> Frame:
    """What the page that `openclaw dashboard` opens does when a person clicks; the gateway's answer."""
    browser = Device("openclaw-control-ui", "webchat", _RULER)
    origin = {"Origin": f"http://127.0.0.1:{host.gateway_port}"}
    with _opened(host, browser, origin) as (socket, answer):
        assert answer["ok"], answer
        return _call(socket, "device.pair.approve", {"requestId": request})


@contextmanager
def _opened(
    host: Host, device: Device, headers: Mapping[str, str] | None = None
) -> Iterator[tuple[ClientConnection, Frame]]:
    """A connection on which the device has asked to be let in, and what it was answered."""
    address, token = f"ws://127.0.0.1:{host.gateway_port}", str(host.token())
    with connect(address, proxy=None, close_timeout=1, additional_headers=headers) as socket:
        challenge = json.loads(socket.recv(timeout=10))["payload"]
        asked = ["v2", device.device_id, device.client, device.mode, "operator", ",".join(device.scopes)]
        words = [*asked, str(challenge["ts"]), token, challenge["nonce"]]
        signature = _plain(device.key.sign("|".join(words).encode()))
        proof = {"id": device.device_id, "publicKey": _plain(device.public), "signature": signature}
        params = {
            "minProtocol": 3,
            "maxProtocol": 10,
            "client": {"id": device.client, "version": "1.0.0", "platform": "linux", "mode": device.mode},
            "role": "operator",
            "scopes": list(device.scopes),
            "caps": [],
            "auth": {"token": token},
            "device": proof | {"signedAt": challenge["ts"], "nonce": challenge["nonce"]},
        }
        yield socket, _call(socket, "connect", params)


def _call(socket: ClientConnection, method: str, params: Frame) -> Frame:
    socket.send(json.dumps({"type": "req", "id": method, "method": method, "params": params}))
    while True:
        frame: Frame = json.loads(socket.recv(timeout=30))
        if (frame.get("type"), frame.get("id")) == ("res", method):
            return frame


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
