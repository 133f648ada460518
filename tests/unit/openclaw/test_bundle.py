"""Bundles: who signed one, whether it runs here, and that nothing else passes for one."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec.structs import replace

from clawupgrade.errors import Refused, UsageError
from clawupgrade.openclaw.bundle import (
    FORMAT,
    Manifest,
    Platform,
    contents_digest,
    manifest_of,
    owner,
    platform_of,
    sign,
    signer,
    text_of,
)

HERE = Platform("linux", "x64", "137", "2.36")
MANIFEST = Manifest(FORMAT, "openclaw", "2026.9.6", ">=24", HERE, 7, 2, "aa", "bb", "2026-11-28T00:00:00+00:00", "t")


def private(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


KEY, OTHER = private(Ed25519PrivateKey.generate()), private(Ed25519PrivateKey.generate())


def test_a_signature_names_its_key_and_fits_nothing_else() -> None:
    text = text_of(MANIFEST)
    signature = sign(text, KEY)
    keys = ["", "# ops", "ssh-rsa AAAA old", "ssh-ed25519 broken", owner(OTHER), f"{owner(KEY)} ops on call"]
    assert signer(text, signature, keys) == "ops on call"
    assert signer(text, signature, [owner(KEY)]) == owner(KEY).split()[1]
    assert signer(text, signature, keys[:-1]) is None
    assert signer(text.replace("2026.9.6", "2026.9.8"), signature, keys) is None
    assert signer(text, sign(text, OTHER), [owner(KEY)]) is None
    for other in ("", "no base64!", signature[:-8]):
        assert signer(text, other, keys) is None


def test_what_the_key_signs_elsewhere_is_no_bundle() -> None:
    key = Ed25519PrivateKey.generate()
    import base64

    bare = base64.b64encode(key.sign(text_of(MANIFEST).encode())).decode()
    assert signer(text_of(MANIFEST), bare, [owner(private(key))]) is None


def test_only_an_open_ed25519_key_signs() -> None:
    curve = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    for wrong in (b"", b"-----BEGIN OPENSSH PRIVATE KEY-----\n", curve):
        with pytest.raises(UsageError) as refused:
            sign("x", wrong)
        assert "ssh-keygen -t ed25519" in refused.value.hint


def test_a_manifest_is_read_as_it_was_written_and_nothing_else_is_one() -> None:
    assert manifest_of(text_of(MANIFEST)) == MANIFEST
    assert "\n" not in text_of(MANIFEST)
    for text in ("", "[]", "{}", "7", json.dumps({"format": FORMAT}), text_of(replace(MANIFEST, format="v2"))):
        with pytest.raises(Refused):
            manifest_of(text)


@pytest.mark.parametrize(
    ("built", "why"),
    [
        (HERE, ""),
        (replace(HERE, glibc="2.31"), ""),
        (replace(HERE, glibc="2.39"), "it was made with glibc 2.39, this is 2.36"),
        (replace(HERE, glibc=""), "it was made for another C library, this is glibc"),
        (replace(HERE, os="darwin", glibc=""), "it was made for darwin, this is linux"),
        (replace(HERE, arch="arm64"), "it was made for arm64, this is x64"),
        (replace(HERE, modules="127"), "it was made for Node's ABI 127, this is 137"),
    ],
)
def test_it_runs_where_native_parts_fit(built: Platform, why: str) -> None:
    assert HERE.runs(built) == why


def test_what_node_says_is_read_or_refused() -> None:
    assert platform_of('["linux", "x64", "137", "2.36"]\n') == HERE
    for said in ("", "node: bad option", '["linux"]', '{"a": 1}'):
        with pytest.raises(Refused):
            platform_of(said)


def test_every_part_of_what_is_there_counts() -> None:
    held = {"lib/a": "file:644:3:abc", "bin/b": "link:777:0:../lib/a"}
    first = contents_digest(held)
    assert contents_digest(dict(reversed(held.items()))) == first
    assert contents_digest(held | {"lib/c": "x"}) != first
    assert contents_digest({"lib/a": held["lib/a"]}) != first
    assert contents_digest(held | {"lib/a": "file:755:3:abc"}) != first
