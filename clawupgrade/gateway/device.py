"""A device's Ed25519 key, and the proof that a gateway wants of it: the signed challenge."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from clawupgrade.gateway.credential import VEIL


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """A device as gateways know it: the id is the SHA-256 of the raw public key, in hex."""

    device_id: str
    public_key: str
    private_pem: str = field(repr=False)

    def __repr__(self) -> str:
        return f"DeviceIdentity({self.device_id[:12]}…, {VEIL})"

    def sign(self, payload: str) -> str:
        """The signature over the payload's UTF-8 bytes, base64url without padding."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = load_pem_private_key(self.private_pem.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):  # read_identity has let no other in
            raise TypeError("a device key is an Ed25519 key")
        return _base64url(key.sign(payload.encode()))


def read_identity(document: Mapping[str, object]) -> DeviceIdentity | None:
    """The identity in OpenClaw's `identity/device.json` (`privateKeyPem`); None if it holds no usable key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem = document.get("privateKeyPem")
    if not isinstance(pem, str):
        return None
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, Ed25519PrivateKey):
        return None
    raw = key.public_key().public_bytes_raw()
    return DeviceIdentity(sha256(raw).hexdigest(), _base64url(raw), pem)


def signed_words(
    device: DeviceIdentity,
    *,
    client_id: str,
    client_mode: str,
    role: str,
    scopes: tuple[str, ...],
    signed_at_ms: int,
    token: str,
    nonce: str,
) -> str:
    """What is signed, joined by bars: the v2 form.

    Read in docs/gateway/protocol.md of 2026.2.12, 2026.6.11 and 2026.9.6: v3 adds platform and device
    family, 2026.2.12 does not know it, and v2 is still taken by all.
    """
    words = (
        "v2",
        device.device_id,
        client_id,
        client_mode,
        role,
        ",".join(scopes),
        str(signed_at_ms),
        token,
        nonce,
    )
    return "|".join(words)


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
