"""What was asked for."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from clawupgrade.model.account import Account


class Engine(StrEnum):
    """How the target gets in: built beside and exchanged, by OpenClaw's own updater, or as a container image."""

    CLONE = "clone"
    INPLACE = "inplace"
    IMAGE = "image"


class Offline(Struct, frozen=True):
    """A bundle to install from. keys: file with the public keys of those whose bundles are taken.

    unsigned: a person insists that no signature is asked for.
    """

    path: str
    keys: str = ""
    unsigned: bool = False


class Request(Struct, frozen=True):
    """What was asked for, and the part of the caller's environment that says where OpenClaw is.

    environ holds `HOME`, `PATH`, `XDG_*`, `OPENCLAW_*`, `CLAWDBOT_*`, `MOLTBOT_*` only.
    to: a version or None for the channel's newest. losses: (conservation row, policy) where not the row's own.
    leave_out: what of the state no snapshot shall hold, besides logs: `caches`, `media`, or patterns.
    rehearse: whether all is done on a clone first; None: where the hop table has evidence for it.
    compose: a compose file or its folder; service: of it; image: the reference to change to; build, write: the
    project builds its image; the compose file itself may be edited.
    """

    environ: tuple[tuple[str, str], ...]
    account: Account
    to: str | None = None
    channel: str = "stable"
    engine: Engine | None = None
    allow_downgrade: bool = False
    profile: str = ""
    node: str | None = None
    migrate: bool = True
    losses: tuple[tuple[str, str], ...] = ()
    leave_out: tuple[str, ...] = ()
    rehearse: bool | None = None
    bundle: Offline | None = None
    compose: str = ""
    service: str = ""
    image: str = ""
    build: bool = False
    write: bool = False

    @property
    def names_one(self) -> bool:
        """Whether a person or a script named exactly one release."""
        return bool(self.to) or self.bundle is not None

    @property
    def means_container(self) -> bool:
        """Whether the gateway of a Compose project is meant."""
        return bool(self.compose or self.service or self.image or self.build)
