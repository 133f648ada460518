"""A device proves itself as OpenClaw's own clients do: the id is the key's hash, the words are signed."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from clawupgrade.gateway.device import DeviceIdentity, read_identity, signed_words


def pem_of(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


KEY = Ed25519PrivateKey.generate()
PEM = pem_of(KEY)


@pytest.fixture
def device() -> DeviceIdentity:
    found = read_identity({"version": 1, "deviceId": "whatever it says", "privateKeyPem": PEM})
    assert found is not None
    return found


def test_the_id_is_the_hash_of_the_key_not_what_the_file_says(device: DeviceIdentity) -> None:
    assert device.device_id == sha256(KEY.public_key().public_bytes_raw()).hexdigest()
    assert urlsafe_b64decode(device.public_key + "==") == KEY.public_key().public_bytes_raw()


def test_the_signature_holds(device: DeviceIdentity) -> None:
    signature = device.sign("v2|words")
    assert "=" not in signature
    KEY.public_key().verify(urlsafe_b64decode(signature + "=="), b"v2|words")


def test_the_private_key_is_never_shown(device: DeviceIdentity) -> None:
    assert "PRIVATE" not in repr(device)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"privateKeyPem": 3},
        {"privateKeyPem": "no key"},
        {"privateKeyPem": "-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----"},
        {"privateKeyPem": pem_of(ec.generate_private_key(ec.SECP256R1()))},
    ],
)
def test_a_file_without_a_usable_key_is_no_device(document: dict[str, object]) -> None:
    assert read_identity(document) is None


def test_the_words_are_those_of_the_v2_form() -> None:
    words = signed_words(
        DeviceIdentity("id", "public", PEM),
        client_id="gateway-client",
        client_mode="backend",
        role="operator",
        scopes=("operator.read", "operator.write"),
        signed_at_ms=1737264000000,
        token="t",
        nonce="n",
    )
    assert words == "v2|id|gateway-client|backend|operator|operator.read,operator.write|1737264000000|t|n"
