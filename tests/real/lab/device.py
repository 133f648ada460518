"""A device of the tests' own, approved by a real gateway because it comes over loopback with the right token."""

from __future__ import annotations

import base64
import hashlib
import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.sync.client import connect

from .guises import DEVICE_KEY
from .host import Host


def make_device(host: Host, *, approved: bool) -> str:
    """Put a new key where guises look for it; `approved`: let the gateway pair it for `operator.read`. Its id."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    host.path(DEVICE_KEY).write_bytes(pem)
    raw = key.public_key().public_bytes_raw()
    device = hashlib.sha256(raw).hexdigest()
    if approved:
        answer = _ask(host, key, device, _plain(raw))
        assert answer["ok"], answer
    return device


def _ask(host: Host, key: Ed25519PrivateKey, device: str, public: str) -> dict[str, object]:
    client = {"id": "cli", "version": "1.0.0", "platform": "linux", "mode": "cli"}
    scopes, token = ["operator.read"], str(host.token())
    with connect(f"ws://127.0.0.1:{host.gateway_port}", proxy=None, close_timeout=1) as socket:
        challenge = json.loads(socket.recv(timeout=10))["payload"]
        words = ["v2", device, "cli", "cli", "operator", ",".join(scopes), str(challenge["ts"]), token]
        signature = _plain(key.sign("|".join([*words, challenge["nonce"]]).encode()))
        proof = {"id": device, "publicKey": public, "signature": signature}
        params = {
            "minProtocol": 3,
            "maxProtocol": 10,
            "client": client,
            "role": "operator",
            "scopes": scopes,
            "caps": [],
            "auth": {"token": token},
            "device": proof | {"signedAt": challenge["ts"], "nonce": challenge["nonce"]},
        }
        socket.send(json.dumps({"type": "req", "id": "1", "method": "connect", "params": params}))
        while True:
            frame: dict[str, object] = json.loads(socket.recv(timeout=10))
            if frame.get("type") == "res":
                return frame


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
