"""The client's side of the gateway protocol, without a socket: feed it frames, send what it has, ask it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.gateway import frames
from clawupgrade.gateway.answer import Answer, AnswerKind, Reached, further
from clawupgrade.gateway.connect import Challenge, Client, connect_params
from clawupgrade.gateway.credential import Credential
from clawupgrade.gateway.device import DeviceIdentity
from clawupgrade.gateway.reading import known_words

_REQUEST_ID = re.compile(r"requestId: ([A-Za-z0-9][A-Za-z0-9._:-]{0,127})")


class Awaits(StrEnum):
    """What the client waits for; a transport may wait less for some than for others."""

    CHALLENGE = "challenge"
    RESPONSE = "response"
    HEALTH = "health"
    CLOSE = "close"
    NOTHING = "nothing"


class Failure(Struct, frozen=True):
    """How a transport failed, in the words of `AnswerKind`, and how far it had come."""

    kind: AnswerKind
    reached: Reached = Reached.NOTHING
    message: str = ""
    http_status: int | None = None
    retry_after_ms: int | None = None


class Handshake:
    """One conversation: challenge → connect → hello-ok → health. Raises for nothing that a server sends.

    now_ms: milliseconds since the epoch, for a signature where the challenge carries no time of its own.
    """

    def __init__(
        self,
        credential: Credential | None,
        *,
        request_id: str,
        device: DeviceIdentity | None = None,
        now_ms: int,
        client_version: str = "0",
        platform: str = "linux",
        health: bool = True,
    ) -> None:
        self._credential = credential
        self._spellings = credential.spellings if credential else ()
        self._request_id = request_id
        self._health_id = f"{request_id}-health"
        self._device = device
        self._client = Client(client_version, platform, now_ms)
        self._wants_health = health
        self._outbox: list[str] = []
        self._awaits = Awaits.CHALLENGE
        self._heard = False
        self._answer = Answer(AnswerKind.CLOSED, credentialed=credential is not None)

    @property
    def awaits(self) -> Awaits:
        """What must come next."""
        return self._awaits

    @property
    def answer(self) -> Answer | None:
        """The answer once it is settled."""
        return self._answer if self._awaits is Awaits.NOTHING else None

    def frames_to_send(self) -> tuple[str, ...]:
        """The text frames to send now; each is given out once. They hold the secret."""
        ready, self._outbox = tuple(self._outbox), []
        return ready

    def receive_text(self, text: str) -> None:
        """Take one text frame."""
        if self._awaits in (Awaits.CLOSE, Awaits.NOTHING):
            return
        self._reach(Reached.WEBSOCKET)
        frame = frames.read_frame(text)
        if frame is None:
            self.receive_failure(Failure(AnswerKind.NOT_WEBSOCKET, message="a frame that is not a JSON object"))
        elif frame.get("type") == "event" and frame.get("event") == "connect.challenge":
            self._take_challenge(frame)
        elif frame.get("type") == "res":
            self._take_response(frame)

    def receive_close(self, code: int | None, reason: str) -> None:
        """Take the end of the connection; None where there was no close frame."""
        if self._awaits is Awaits.NOTHING:
            return
        said = self._words(reason)
        request = _REQUEST_ID.search(said)
        self._answer = replace(
            self._answer,
            close_code=code,
            close_reason=said,
            request_id=self._answer.request_id or (request.group(1) if request else ""),
        )
        self._settle(AnswerKind.CLOSED)

    def receive_failure(self, failure: Failure) -> None:
        """Take a failure of the transport; what was said before it stands."""
        if self._awaits is Awaits.NOTHING:
            return
        self._reach(failure.reached)
        if not self._heard:
            self._answer = replace(
                self._answer,
                message=self._words(failure.message),
                http_status=failure.http_status,
                retry_after_ms=failure.retry_after_ms,
            )
        self._settle(failure.kind)

    def _take_challenge(self, frame: dict[str, Any]) -> None:
        if self._awaits is not Awaits.CHALLENGE:
            return
        self._reach(Reached.CHALLENGE)
        nonce = frames.at(frame, "payload", "nonce")
        at_ms = frames.whole_number(frames.at(frame, "payload", "ts"))
        challenge = Challenge(_encodable(nonce) if isinstance(nonce, str) else "", at_ms)
        params = connect_params(challenge, self._client, self._credential, self._device)
        self._request(self._request_id, "connect", params)
        self._awaits = Awaits.RESPONSE

    def _take_response(self, frame: dict[str, Any]) -> None:
        match self._awaits, frame.get("id"), frame.get("ok"):
            case Awaits.RESPONSE, self._request_id, True if frames.at(frame, "payload", "type") == "hello-ok":
                self._take_hello(frame)
            case Awaits.RESPONSE, self._request_id, False:
                self._take_refusal(frame)
            case Awaits.RESPONSE, self._request_id, _:
                strange = "a response to connect that is neither hello-ok nor an error"
                self.receive_failure(Failure(AnswerKind.NOT_WEBSOCKET, message=strange))
            case Awaits.HEALTH, self._health_id, ok:
                payload = frame.get("payload")
                if ok is True and isinstance(payload, dict):
                    health = frames.clean_value(payload, self._spellings)
                    self._answer = replace(self._answer, health=health)
                self._settle(AnswerKind.HELLO)

    def _take_hello(self, frame: dict[str, Any]) -> None:
        payload = frame.get("payload")
        methods = frames.at(payload, "features", "methods")
        listed = methods[: frames.LONGEST_LIST] if isinstance(methods, list) else []
        self._hear(AnswerKind.HELLO)
        self._answer = replace(
            self._answer,
            server_version=self._words(frames.at(payload, "server", "version")),
            protocol=frames.whole_number(frames.at(payload, "protocol")),
            methods=tuple(self._words(each) for each in listed if isinstance(each, str)),
        )
        if self._wants_health:
            self._request(self._health_id, "health", {})
            self._awaits = Awaits.HEALTH
        else:
            self._settle(AnswerKind.HELLO)

    def _take_refusal(self, frame: dict[str, Any]) -> None:
        error = frame.get("error")
        details = frames.at(error, "details")
        wait = frames.at(error, "retryAfterMs")
        self._hear(AnswerKind.REFUSED)
        self._answer = replace(
            self._answer,
            error_code=self._words(frames.at(error, "code")),
            message=self._words(frames.at(error, "message")),
            detail_code=self._words(frames.at(details, "code")),
            detail_reason=self._words(frames.at(details, "reason") or frames.at(details, "authReason")),
            next_step=self._words(frames.at(details, "recommendedNextStep")),
            request_id=self._words(frames.at(details, "requestId")),
            retryable=frames.truth(frames.at(error, "retryable")),
            retry_after_ms=frames.waiting_time(frames.at(details, "retryAfterMs") if wait is None else wait),
        )
        self._awaits = Awaits.CLOSE

    def _request(self, frame_id: str, method: str, params: dict[str, Any]) -> None:
        request = {"type": "req", "id": frame_id, "method": method, "params": params}
        self._outbox.append(frames.write_frame(request))

    def _reach(self, stage: Reached) -> None:
        self._answer = replace(self._answer, reached=further(self._answer.reached, stage))

    def _hear(self, kind: AnswerKind) -> None:
        self._heard = True
        self._reach(Reached.RESPONSE)
        self._answer = replace(self._answer, kind=kind)

    def _settle(self, kind: AnswerKind) -> None:
        if not self._heard:
            self._answer = replace(self._answer, kind=kind)
        self._awaits = Awaits.NOTHING

    def _words(self, value: object) -> str:
        """Cleaned text. What every gateway says in these very words cannot be an echo of the secret.

        Else a password such as “password” would turn “gateway password mismatch” into nothing known.
        """
        if not isinstance(value, str):
            return ""
        known = known_words(value)
        if any(spelling in known for spelling in self._spellings):
            return known + frames.clean_text(value[len(known) :], self._spellings, lead=True)
        return frames.clean_text(value, self._spellings)


def _encodable(text: str) -> str:
    """The text without lone surrogates, which JSON can carry and a signature cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
