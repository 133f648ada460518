"""The version that is wanted, and the way to it."""

from __future__ import annotations

from msgspec import Struct

DEPENDENCIES = 350_000_000
"""Bytes that npm installs below the tarball's own files: 247 to 316 MB from 2026.4.29 to 2026.9.6."""


class Target(Struct, frozen=True):
    """What the registry, or a bundle, says of the version that is wanted.

    contents: digest of what a bundle unpacks to, "" for npm's own.
    """

    version: str
    name: str
    spec: str
    engines_node: str = ""
    unpacked_bytes: int = 0
    published_at: str = ""
    contents: str = ""


class Hop(Struct, frozen=True):
    """One step on the way from version to version. Most ways have one hop.

    spec:  what npm is asked for, exact; or the path of a bundle, and `contents` the digest of what it unpacks to.
    name: the package that the version comes as.
    stage: private npm prefix in which it is built.
    tree: the package's root in there; after the switch it holds what was replaced.
    live: where the package lives once it is switched in.
    variables: files that set variables under names which only the version before reads.
    size: bytes that it takes with all it depends on, about; 0 where the registry states none.
    prepared: the run that has built the stage, and rehearsed on it, ahead of time; "" for this one.
    """

    version: str
    name: str
    spec: str
    stage: str
    tree: str
    live: str
    migrations: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    size: int = 0
    contents: str = ""
    prepared: str = ""
