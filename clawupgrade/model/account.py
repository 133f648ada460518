"""Whose OpenClaw it is."""

from __future__ import annotations

from msgspec import Struct


class Account(Struct, frozen=True):
    """The account that OpenClaw runs as, from the passwd database."""

    name: str
    uid: int
    gid: int
    home: str
