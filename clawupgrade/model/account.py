"""Whose OpenClaw it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """The account that OpenClaw runs as, from the passwd database."""

    name: str
    uid: int
    gid: int
    home: str
