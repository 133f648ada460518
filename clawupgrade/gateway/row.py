"""The words for what a gateway means: its state, what a cause asks for, and a row of the table of causes."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class State(StrEnum):
    """How a gateway is."""

    READY = "ready"
    STARTING = "starting"
    GUARDED = "guarded"
    BROKEN = "broken"
    SILENT = "silent"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """What a cause asks for, before anybody looks at how the gateway was before."""

    ACCEPT = "accept"
    WAIT = "wait"
    MEND = "mend"
    """The shared secret or the device token: the repair ladder, then back if it is new."""
    PERSON = "person"
    """The gateway is fine; somebody has to approve, to decide or to log in again."""
    OURS = "ours"
    """The fault is in how we ask; it says nothing about the gateway."""
    CONDEMN = "condemn"
    ASK = "ask"
    """Nobody knows these words."""


class Row(Struct, frozen=True):
    """One cause, and all that gateways say for it.

    codes: `error.details.code`. reasons: `error.details.reason`. strings: beginnings of messages and close
    reasons, lower case. closes: close codes that mean it whatever the words. statuses: HTTP.
    """

    cause: str
    state: State
    action: Action
    explanation: str
    cure: str
    codes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    closes: tuple[int, ...] = ()
    statuses: tuple[int, ...] = ()
