"""Carries a handshake over a real WebSocket; all that a network does to it becomes an `Answer`."""

from __future__ import annotations

import logging
import socket
import ssl
import time
from dataclasses import dataclass
from hashlib import sha256
from uuid import uuid4

from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.uri import parse_uri

from clawupgrade import __version__
from clawupgrade.gateway.address import Address, plain_fingerprint
from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.gateway.credential import Credential
from clawupgrade.gateway.device import DeviceIdentity
from clawupgrade.gateway.handshake import Awaits, Failure, Handshake
from clawupgrade.gateway.verdict import is_failed_attempt

ATTEMPT_LIMIT = 3
"""Releases before 2026.9 lock a caller out after ten failures in a minute, for five minutes (#155384)."""
_HEALTH_GRACE = 5.0
_CLOSE_GRACE = 1.0
_LARGEST_FRAME = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Deadline:
    at: float

    def left(self) -> float:
        return max(0.001, self.at - time.monotonic())

    def within(self, seconds: float) -> float:
        return min(self.left(), seconds)


class Dial:
    """Asks gateways, and stops asking with credentials once `attempt_limit` of them were refused."""

    def __init__(self, *, attempt_limit: int = ATTEMPT_LIMIT) -> None:
        self._attempts_left = attempt_limit

    @property
    def attempts_left(self) -> int:
        """How many more refused credentials this run allows itself."""
        return self._attempts_left

    def ask(
        self,
        address: Address,
        credential: Credential | None,
        *,
        timeout: float = 10.0,
        device: DeviceIdentity | None = None,
    ) -> Answer:
        """One handshake of at most `timeout` seconds (and one more to close). Raises for nothing remote."""
        if credential is not None and self._attempts_left <= 0:
            return Answer(AnswerKind.WITHHELD, error_code="attempt-limit", credentialed=True)
        now_ms = int(time.time() * 1000)
        handshake = Handshake(
            credential, request_id=str(uuid4()), device=device, now_ms=now_ms, client_version=__version__
        )
        deadline = _Deadline(time.monotonic() + timeout)
        failure = _converse(address, handshake, deadline)
        handshake.receive_failure(failure or Failure(AnswerKind.TIMED_OUT))
        answer = handshake.answer
        if answer is None:
            raise AssertionError("a handshake that was told of its end has an answer")
        if credential is not None and is_failed_attempt(answer):
            self._attempts_left -= 1
        return answer


def _converse(address: Address, handshake: Handshake, deadline: _Deadline) -> Failure | None:
    try:
        line = socket.create_connection((address.host, address.port), timeout=deadline.left())
    except TimeoutError as error:
        return Failure(AnswerKind.TIMED_OUT, message=str(error))
    except OSError as error:
        return Failure(AnswerKind.UNREACHABLE, message=error.strerror or str(error))
    with line:
        line.settimeout(deadline.left())
        try:
            secured = _secure(address, line)
        except ssl.SSLCertVerificationError as error:
            return Failure(AnswerKind.UNTRUSTED, Reached.TCP, error.verify_message)
        except ssl.SSLError as error:
            return Failure(AnswerKind.NOT_WEBSOCKET, Reached.TCP, f"no TLS: {error.reason}")
        except TimeoutError as error:
            return Failure(AnswerKind.TIMED_OUT, Reached.TCP, str(error))
        except OSError as error:
            return Failure(AnswerKind.CLOSED, Reached.TCP, str(error))
        if secured is None:
            return Failure(AnswerKind.UNTRUSTED, Reached.TCP, "another certificate than the pinned one")
        with secured:
            secured.settimeout(None)
            return _upgrade(address, secured, handshake, deadline)


def _upgrade(
    address: Address, line: socket.socket, handshake: Handshake, deadline: _Deadline
) -> Failure | None:
    protocol = ClientProtocol(parse_uri(address.url), max_size=_LARGEST_FRAME, logger=_mute_logger())
    connection = ClientConnection(line, protocol, ping_interval=None, close_timeout=_CLOSE_GRACE)
    with connection:
        try:
            connection.handshake(user_agent_header=f"clawupgrade/{__version__}", timeout=deadline.left())
        except (InvalidHandshake, OSError) as error:
            connection.close_socket()  # else leaving the block waits for a farewell that cannot come
            return _upgrade_failure(error)
        return _talk(connection, handshake, deadline)


def _upgrade_failure(error: InvalidHandshake | OSError) -> Failure:
    match error:
        case InvalidStatus():
            return _http_failure(error)
        case TimeoutError():
            return Failure(AnswerKind.TIMED_OUT, Reached.TCP, str(error))
        case InvalidHandshake() if not isinstance(error.__cause__, EOFError):
            return Failure(AnswerKind.NOT_WEBSOCKET, Reached.TCP, str(error.__cause__ or error))
        case _:
            return Failure(AnswerKind.CLOSED, Reached.TCP, str(error.__cause__ or error))


def _talk(connection: ClientConnection, handshake: Handshake, deadline: _Deadline) -> Failure | None:
    try:
        while handshake.awaits is not Awaits.NOTHING:
            said = connection.recv(timeout=_patience(handshake.awaits, deadline))
            handshake.receive_text(said if isinstance(said, str) else said.decode("utf-8", "replace"))
            for frame in handshake.frames_to_send():
                connection.send(frame)
    except ConnectionClosed as closed:
        farewell = closed.rcvd
        handshake.receive_close(farewell.code if farewell else None, farewell.reason if farewell else "")
    except TimeoutError:
        return Failure(AnswerKind.TIMED_OUT, Reached.WEBSOCKET, f"no {handshake.awaits} came")
    except OSError as error:
        return Failure(AnswerKind.CLOSED, Reached.WEBSOCKET, str(error))
    return None


def _patience(awaits: Awaits, deadline: _Deadline) -> float:
    match awaits:
        case Awaits.HEALTH:
            return deadline.within(_HEALTH_GRACE)
        case Awaits.CLOSE:
            return deadline.within(_CLOSE_GRACE)
        case _:
            return deadline.left()


def _secure(address: Address, line: socket.socket) -> socket.socket | None:
    """The line, under TLS where the address says so; None when the certificate is not the pinned one.

    Asked before a single byte of ours is sent over it. Raises ssl.SSLError, OSError.
    """
    if not address.tls:
        return line
    context = ssl.create_default_context(cafile=address.ca_file)
    if address.fingerprint is None:
        return context.wrap_socket(line, server_hostname=address.host)
    # Gateways make their own certificate for no name in particular; the pin stands for name and chain.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    secured = context.wrap_socket(line, server_hostname=address.host)
    certificate = secured.getpeercert(binary_form=True) or b""
    if sha256(certificate).hexdigest() == plain_fingerprint(address.fingerprint):
        return secured
    secured.close()
    return None


def _mute_logger() -> logging.Logger:
    """A logger of its own: under debugging the library's writes every frame, with our token in it."""
    return logging.Logger("clawupgrade.dial", logging.CRITICAL)


def _http_failure(error: InvalidStatus) -> Failure:
    response = error.response
    seconds = response.headers.get("Retry-After", "")
    return Failure(
        AnswerKind.NOT_WEBSOCKET,
        Reached.TCP,
        f"HTTP {response.status_code} {response.reason_phrase}",
        http_status=response.status_code,
        retry_after_ms=int(seconds) * 1000 if seconds.isdecimal() and len(seconds) < 6 else None,
    )
