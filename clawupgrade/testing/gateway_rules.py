"""What a gateway demands of a `connect` request, and how each release words its refusal."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct, field

_CLIENT_IDS = ("gateway-client", "cli", "openclaw-control-ui", "webchat", "test")
_CLIENT_MODES = ("backend", "cli", "ui", "node", "probe", "webchat", "test")
_PARAMS = frozenset(("minProtocol", "maxProtocol", "client", "role", "scopes", "caps", "commands"))
_MORE_PARAMS = frozenset(("permissions", "auth", "device", "locale", "userAgent"))


class FakeRelease(Struct, frozen=True):
    """What differs between releases in a handshake.

    tells: whether errors carry details. either_field: takes the secret as token or as password alike.
    """

    version: str
    protocol: int
    tells: bool
    either_field: bool = False


R2026_2_12 = FakeRelease("dev", 3, tells=False)
R2026_4_29 = FakeRelease("2026.4.29", 3, tells=True)
R2026_6_11 = FakeRelease("2026.6.11", 4, tells=True)
R2026_9_6 = FakeRelease("2026.9.6", 4, tells=True, either_field=True)


class Refusal(Struct, frozen=True):
    """An error response and the close frame after it. No message: only the close frame."""

    message: str = ""
    code: str = "INVALID_REQUEST"
    details: dict[str, Any] = field(default_factory=dict)
    close_code: int = 1008
    extra: dict[str, Any] = field(default_factory=dict)


STARTING = Refusal(
    "gateway starting; retry shortly",
    "UNAVAILABLE",
    {"reason": "startup-sidecars"},
    1013,
    {"retryable": True, "retryAfterMs": 500},
)


def judge_secret(params: dict[str, Any], secrets: Mapping[str, str], release: FakeRelease) -> Refusal | None:
    """What a gateway with these secrets (by kind; empty: none) says to what is shown; None when content."""
    shown = params.get("auth", {})
    for kind, secret in secrets.items():
        if not secret:
            continue
        if not any(shown.get(each) for each in ("token", "password")):
            details = {"code": "DEVICE_IDENTITY_REQUIRED"}
            return Refusal("device identity required", "NOT_PAIRED", details)
        given = shown.get(kind) or (release.either_field and next(iter(shown.values())))
        if not given:
            return _unauthorized(kind, "missing")
        if not compare_digest(str(given).encode(), secret.encode()):
            return _unauthorized(kind, "mismatch")
    return None


def _unauthorized(kind: str, fault: str) -> Refusal:
    code = f"AUTH_{kind.upper()}_{fault.upper()}"
    advice = "update_auth_configuration" if fault == "missing" else "update_auth_credentials"
    details = {"code": code, "authReason": f"{kind}_{fault}", "recommendedNextStep": advice}
    return Refusal(f"unauthorized: gateway {kind} {fault} (provide gateway auth {kind})", details=details)


def is_well_formed(params: object) -> bool:
    """Real gateways check `connect` against a closed schema, and so does this one."""
    if not isinstance(params, dict) or not params.keys() <= _PARAMS | _MORE_PARAMS:
        return False
    client = params.get("client", {})
    spans = [params.get("minProtocol"), params.get("maxProtocol")]
    return (
        client.get("id") in _CLIENT_IDS
        and client.get("mode") in _CLIENT_MODES
        and bool(client.get("version"))
        and bool(client.get("platform"))
        and client.keys() <= {"id", "version", "platform", "mode", "displayName", "instanceId"}
        and all(isinstance(span, int) and span >= 1 for span in spans)
    )


def judge_device(params: dict[str, Any], nonce: str) -> Refusal | None:
    """What a gateway that handed out `nonce` says to the device in `params`; None when it is content."""
    device = params.get("device")
    if device is None:
        return None
    raw = urlsafe_b64decode(device["publicKey"] + "==")
    if sha256(raw).hexdigest() != device["id"]:
        return Refusal("device identity mismatch", details={"code": "DEVICE_AUTH_DEVICE_ID_MISMATCH"})
    if device.get("nonce") != nonce:
        return Refusal("device nonce mismatch", details={"code": "DEVICE_AUTH_NONCE_MISMATCH"})
    client, token = params["client"], params.get("auth", {}).get("token", "")
    scopes = ",".join(params["scopes"])
    words = ["v2", device["id"], client["id"], client["mode"], params["role"], scopes]
    signed = "|".join([*words, str(device["signedAt"]), token, nonce])
    try:
        signature = urlsafe_b64decode(device["signature"] + "==")
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, signed.encode())
    except InvalidSignature:
        return Refusal("device signature invalid", details={"code": "DEVICE_AUTH_SIGNATURE_INVALID"})
    return None
