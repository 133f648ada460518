"""A bundle: one file with a release and all it depends on, for one kind of machine, signed. Pure: no disk.

It is a tar of `manifest.json`, `manifest.sig` and `tree.tar.gz`, the tree as npm has left it on a machine of
that kind. The signature is over the manifest, the manifest has the digests of the tree. Keys are Ed25519 in
OpenSSH's form: everybody has `ssh-keygen`, and the other side needs no program for it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from clawupgrade.errors import Refused, UsageError
from clawupgrade.openclaw.versions import is_newer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SUFFIX = ".clawbundle"
MANIFEST, SIGNATURE, TREE = "manifest.json", "manifest.sig", "tree.tar.gz"
FORMAT = "clawupgrade.bundle-manifest.v1"
_SIGNED = b"clawupgrade bundle v1\n"
"""Before what is signed, so that a signature of another kind by the same key is never taken for one."""


class Platform(Struct, frozen=True):
    """What native code was built for. modules: Node's ABI; glibc: its version, "" for another C library."""

    os: str
    arch: str
    modules: str
    glibc: str = ""

    @property
    def words(self) -> str:
        """Part of a bundle's file name."""
        return f"{self.os}-{self.arch}-node{self.modules}" + ("" if self.glibc else "-musl" * (self.os == "linux"))

    def runs(self, built: Platform) -> str:
        """Why what was built there does not run here, "" where it does.

        >>> here = Platform("linux", "x64", "137", "2.36")
        >>> here.runs(Platform("linux", "x64", "137", "2.31"))
        ''
        >>> here.runs(Platform("linux", "arm64", "137", "2.31"))
        'it was made for arm64, this is x64'
        """
        for name, there, own in (
            ("", built.os, self.os),
            ("", built.arch, self.arch),
            ("Node's ABI ", built.modules, self.modules),
            ("", "glibc" if built.glibc else "another C library", "glibc" if self.glibc else "another C library"),
        ):
            if there != own:
                return f"it was made for {name}{there}, this is {own}"
        if built.glibc and is_newer(built.glibc, self.glibc):
            return f"it was made with glibc {built.glibc}, this is {self.glibc}"
        return ""


class Manifest(Struct, frozen=True):
    """What a bundle says of itself.

    tree: SHA-256 of `tree.tar.gz`; contents: digest of what it unpacks to (`contents_digest`). made_at: UTC.
    """

    format: str
    name: str
    version: str
    engines_node: str
    platform: Platform
    unpacked_bytes: int
    files: int
    tree: str
    contents: str
    made_at: str
    made_by: str


def platform_argv(node: str) -> tuple[str, ...]:
    """Ask a Node what machine it runs on; the answer is one JSON array."""
    script = (
        "const r = process.report; r.excludeNetwork = true;"
        "console.log(JSON.stringify([process.platform, process.arch, process.versions.modules,"
        " r.getReport().header.glibcVersionRuntime ?? '']))"
    )
    return (node, "-e", script)


def platform_of(said: str) -> Platform:
    """What `platform_argv` printed. Raises Refused for anything else."""
    try:
        return Platform(*msgspec.json.decode(said, type=tuple[str, str, str, str]))
    except msgspec.DecodeError as error:
        raise Refused(f"Node does not say what machine it runs on: {said[:200]!r}") from error


def text_of(manifest: Manifest) -> str:
    """The manifest as it is written and signed: one line of ASCII."""
    return json.dumps(msgspec.to_builtins(manifest), sort_keys=True)


def manifest_of(text: str) -> Manifest:
    """The manifest that `text_of` wrote. Raises Refused."""
    try:
        document: Any = json.loads(text)
        if document.get("format") != FORMAT:
            raise Refused(f"the bundle is of format {document.get('format')!r}; this clawupgrade reads {FORMAT}")
        return msgspec.convert(document, Manifest)
    except (ValueError, AttributeError, msgspec.ValidationError) as error:
        raise Refused(f"the bundle's manifest cannot be read: {error}") from error


def contents_digest(contents: Mapping[str, str]) -> str:
    """One SHA-256 over every path with its kind, mode, size and content."""
    total = hashlib.sha256()
    for path, what in sorted(contents.items()):
        total.update(f"{path}\0{what}\n".encode())
    return total.hexdigest()


def sign(text: str, private: bytes) -> str:
    """The signature file for a manifest, with an OpenSSH private key. Raises UsageError."""
    return base64.b64encode(_key(private).sign(_SIGNED + text.encode())).decode()


def owner(private: bytes) -> str:
    """The public half of a private key, as a line for those who take its bundles. Raises UsageError."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return _key(private).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _key(private: bytes) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    try:
        key = load_ssh_private_key(private, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(
            f"the key to sign with cannot be used: {error}", "make one: ssh-keygen -t ed25519 -N '' -f bundle-key"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError("the key to sign with is not Ed25519", "make one: ssh-keygen -t ed25519 -N '' -f bundle-key")
    return key


def signer(text: str, signature: str, keys: Iterable[str]) -> str | None:
    """Whose signature it is: the comment (else the key) of the first line of `keys` that it fits, or None."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    try:
        raw = base64.b64decode(signature.strip(), validate=True)
    except binascii.Error:
        return None
    for line in keys:
        words = line.split(None, 2)
        if len(words) < 2 or words[0] != "ssh-ed25519":
            continue
        try:
            key = load_ssh_public_key(" ".join(words[:2]).encode())
        except ValueError:
            continue
        try:
            if isinstance(key, Ed25519PublicKey):
                key.verify(raw, _SIGNED + text.encode())
                return words[2].strip() if len(words) > 2 else words[1]
        except InvalidSignature:
            continue
    return None
