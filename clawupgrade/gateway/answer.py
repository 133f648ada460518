"""What a gateway said when it was asked once: facts only, no judgement and no secret."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct


class AnswerKind(StrEnum):
    """How the conversation ended."""

    HELLO = "hello"
    REFUSED = "refused"
    """A response with `ok: false`."""
    CLOSED = "closed"
    """Closed or cut off without a response."""
    NOT_WEBSOCKET = "not-websocket"
    """Plain HTTP, or frames that are not the gateway protocol."""
    UNREACHABLE = "unreachable"
    """Nobody took the connection."""
    TIMED_OUT = "timed-out"
    """Somebody may be there and did not answer in time."""
    UNTRUSTED = "untrusted"
    """The certificate is not the one that we know; nothing was sent."""
    WITHHELD = "withheld"
    """Not asked: too many attempts have failed in this run (`attempt_limit`)."""


class Reached(StrEnum):
    """How far the conversation got."""

    NOTHING = "nothing"
    TCP = "tcp"
    WEBSOCKET = "websocket"
    CHALLENGE = "challenge"
    RESPONSE = "response"


def further(one: Reached, other: Reached) -> Reached:
    """The one of two stages that lies further on."""
    order = tuple(Reached)
    return max(one, other, key=order.index)


class Answer(Struct, frozen=True):
    """One answer. Every text in it is cleaned of control characters and of the credential.

    server_version: as the gateway says it; 2026.2.12 says "dev".
    credentialed:   whether a token or password was at hand for the asking.
    retry_after_ms: milliseconds. health: payload of the `health` method, None if not had.
    """

    kind: AnswerKind
    reached: Reached = Reached.NOTHING
    server_version: str = ""
    protocol: int | None = None
    error_code: str = ""
    message: str = ""
    detail_code: str = ""
    detail_reason: str = ""
    next_step: str = ""
    retryable: bool | None = None
    retry_after_ms: int | None = None
    close_code: int | None = None
    close_reason: str = ""
    http_status: int | None = None
    request_id: str = ""
    credentialed: bool = False
    methods: tuple[str, ...] = ()
    health: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields that say something, as plain JSON values."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: _plain(value) for name, value in values.items() if value not in (None, "", ())}


def _plain(value: object) -> object:
    match value:
        case StrEnum():
            return value.value
        case tuple():
            return list(value)
        case _:
            return value
