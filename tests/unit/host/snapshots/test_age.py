from __future__ import annotations

import base64
import hashlib
import hmac
import io

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clawupgrade.host.snapshots.age import Encrypted, recipient

# Any recipient with a right checksum.
_RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"


def _decrypt(data: bytes, key: X25519PrivateKey) -> bytes:
    header, _, rest = data.partition(b"\n--- ")
    mac, _, payload = rest.partition(b"\n")
    lines = header.split(b"\n")
    assert lines[0] == b"age-encryption.org/v1"
    ours = key.public_key().public_bytes_raw()
    for stanza, body in zip(lines[1::2], lines[2::2], strict=True):
        share = _decode(stanza.split(b" ")[2])
        secret = key.exchange(X25519PublicKey.from_public_bytes(share))
        wrap = HKDF(SHA256(), 32, share + ours, b"age-encryption.org/v1/X25519").derive(secret)
        try:
            file_key = ChaCha20Poly1305(wrap).decrypt(bytes(12), _decode(body), None)
        except InvalidTag:
            continue
        tag_key = HKDF(SHA256(), 32, None, b"header").derive(file_key)
        assert hmac.digest(tag_key, header + b"\n---", hashlib.sha256) == _decode(mac)
        cipher = ChaCha20Poly1305(HKDF(SHA256(), 32, payload[:16], b"payload").derive(file_key))
        chunks = [payload[16:][i : i + 65552] for i in range(0, len(payload) - 16, 65552)]
        plain = b""
        for number, chunk in enumerate(chunks):
            last = number == len(chunks) - 1
            plain += cipher.decrypt(number.to_bytes(11, "big") + bytes([last]), chunk, None)
        return plain
    raise AssertionError("not for this key")


def _decode(text: bytes) -> bytes:
    return base64.b64decode(text + b"=" * (-len(text) % 4))


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 131072, 200_000])
def test_each_recipient_reads_what_was_written(size: int) -> None:
    keys = [X25519PrivateKey.generate(), X25519PrivateKey.generate()]
    plain, out = bytes(i % 251 for i in range(size)), io.BytesIO()
    with Encrypted(out, [key.public_key() for key in keys]) as file:
        for start in range(0, size, 10_240):
            file.write(plain[start : start + 10_240])
    assert all(_decrypt(out.getvalue(), key) == plain for key in keys)
    with pytest.raises(AssertionError, match="not for this key"):
        _decrypt(out.getvalue(), X25519PrivateKey.generate())


def test_a_recipient_is_read() -> None:
    assert len(recipient(f" {_RECIPIENT}\n").public_bytes_raw()) == 32


@pytest.mark.parametrize(
    "text", ["", "age1", _RECIPIENT[:-1] + "q", "AGE-SECRET-KEY-1QQQQ", "ssh-ed25519 AAAA", _RECIPIENT[:30]]
)
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an age recipient"):
        recipient(text)
