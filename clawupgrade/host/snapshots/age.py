"""Writes the age file format for X25519 recipients (age-encryption.org/v1; github.com/C2SP/C2SP age.md)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import textwrap
from collections.abc import Sequence
from typing import IO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_CHUNK = 64 << 10
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def recipient(text: str) -> X25519PublicKey:
    """The key of an `age1…` recipient (Bech32, BIP 173); raises ValueError."""
    prefix, _, data = text.strip().lower().rpartition("1")
    values = [_BECH32.find(character) for character in data]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    if prefix != "age" or -1 in values or _polymod(expanded + values) != 1:
        raise ValueError("not an age recipient: it must look like age1…")
    number, bits = 0, 5 * (len(values) - 6)
    for value in values[:-6]:
        number = number << 5 | value
    if bits != 260:
        raise ValueError("not an age recipient: wrong length")
    return X25519PublicKey.from_public_bytes((number >> 4).to_bytes(32, "big"))


class Encrypted:
    """A write-only file that encrypts into another one; `close` ends it, without which it cannot be read."""

    def __init__(self, out: IO[bytes], recipients: Sequence[X25519PublicKey]) -> None:
        file_key, nonce = os.urandom(16), os.urandom(16)
        header = "age-encryption.org/v1\n" + "".join(_stanza(file_key, key) for key in recipients) + "---"
        tag = hmac.digest(_derive(file_key, b"", b"header"), header.encode("ascii"), hashlib.sha256)
        out.write(f"{header} {_base64(tag)}\n".encode("ascii") + nonce)
        self._out = out
        self._cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
        self._pending = bytearray()
        self._counter = 0
        self._open = True

    def __enter__(self) -> Encrypted:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def write(self, data: bytes) -> int:
        """Take bytes; whole chunks go on at once, the last one waits for `close`."""
        self._pending += data
        while len(self._pending) > _CHUNK:
            self._seal(bytes(self._pending[:_CHUNK]), last=False)
            del self._pending[:_CHUNK]
        return len(data)

    def flush(self) -> None:
        """Nothing to do: a chunk is written when it is full or the last."""

    def close(self) -> None:
        """Write the last chunk, marked as such. Idempotent."""
        if self._open:
            self._open = False
            self._seal(bytes(self._pending), last=True)

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        nonce = self._counter.to_bytes(11, "big") + bytes([last])
        self._counter += 1
        self._out.write(self._cipher.encrypt(nonce, chunk, None))


def _stanza(file_key: bytes, key: X25519PublicKey) -> str:
    ephemeral = X25519PrivateKey.generate()
    share, public = ephemeral.public_key().public_bytes_raw(), key.public_bytes_raw()
    wrap = _derive(ephemeral.exchange(key), share + public, b"age-encryption.org/v1/X25519")
    body = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
    lines = textwrap.wrap(_base64(body), 64)
    return f"-> X25519 {_base64(share)}\n" + "".join(f"{line}\n" for line in lines)


def _derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt or None, info).derive(secret)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii").rstrip("=")


def _polymod(values: Sequence[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check
