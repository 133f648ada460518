"""Carries a handshake over a real WebSocket; all that a network does to it becomes an `Answer`."""

from __future__ import annotations

import os
import socket
import time

from msgspec import Struct
from websockets.exceptions import InvalidHandshake, InvalidStatus, PayloadTooBig, ProtocolError

from clawupgrade import __version__
from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.gateway.credential import Credential
from clawupgrade.gateway.device import DeviceIdentity
from clawupgrade.gateway.handshake import Awaits, Failure, Handshake
from clawupgrade.gateway.verdict import is_failed_attempt
from clawupgrade.host.wire import Farewell, Wire

ATTEMPT_LIMIT = 3
"""Releases before 2026.9 lock a caller out after ten failures in a minute, for five minutes (#155384)."""
_HEALTH_GRACE = 5.0
_CLOSE_GRACE = 1.0
_FAREWELL = 0.2
"""Seconds; a busy gateway takes one to say goodbye, and nothing depends on it."""


class _Deadline(Struct, frozen=True):
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
        """One handshake of at most `timeout` seconds (and one more to close). Raises for nothing remote.

        device: only where the person allowed it, for 2026.2.12 pairs any key that comes over loopback
        with the right token, and writes it to `devices/paired.json`. Without one no release keeps a trace.
        """
        if credential is not None and self._attempts_left <= 0:
            return Answer(AnswerKind.WITHHELD, error_code="attempt-limit", credentialed=True)
        now_ms = int(time.time() * 1000)
        handshake = Handshake(
            credential, request_id=os.urandom(16).hex(), device=device, now_ms=now_ms, client_version=__version__
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
        line = _connect(address, deadline.left())
    except TimeoutError as error:
        return Failure(AnswerKind.TIMED_OUT, message=str(error))
    except OSError as error:
        return Failure(AnswerKind.UNREACHABLE, message=error.strerror or str(error))
    with line:
        line.settimeout(deadline.left())
        secured = _secured(address, line)
        if isinstance(secured, Failure):
            return secured
        with secured:
            wire = Wire(secured, address.url, f"clawupgrade/{__version__}")
            failure = _upgrade(wire, deadline) or _talk(wire, handshake, deadline)
            wire.close(_FAREWELL)
            return failure


def _connect(address: Address, seconds: float) -> socket.socket:
    """A line to the gateway. Raises OSError."""
    if not address.relay:
        return socket.create_connection((address.host, address.port), timeout=seconds)
    # A socket's address holds 107 bytes (unix(7)): a longer path is reached through its folder's descriptor.
    folder = os.open(os.path.dirname(address.relay), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(seconds)
        line.connect(f"/proc/self/fd/{folder}/{os.path.basename(address.relay)}")
    except OSError:
        line.close()
        raise
    finally:
        os.close(folder)
    return line


def _upgrade(wire: Wire, deadline: _Deadline) -> Failure | None:
    try:
        wire.upgrade(deadline.left())
    except InvalidStatus as error:
        return _http_failure(error)
    except (InvalidHandshake, OSError) as error:
        said = str(error.__cause__ or error)
        if wire.heard:
            return Failure(AnswerKind.NOT_WEBSOCKET, Reached.TCP, f"what it said is not HTTP: {said}")
        kind = AnswerKind.TIMED_OUT if isinstance(error, TimeoutError) else AnswerKind.CLOSED
        return Failure(kind, Reached.TCP, said)
    return None


def _talk(wire: Wire, handshake: Handshake, deadline: _Deadline) -> Failure | None:
    try:
        while handshake.awaits is not Awaits.NOTHING:
            match wire.read(_patience(handshake.awaits, deadline)):
                case Farewell(code, reason):
                    handshake.receive_close(code, reason)
                case str(text):
                    handshake.receive_text(text)
            for frame in handshake.frames_to_send():
                wire.write(frame, deadline.left())
    except TimeoutError:
        return Failure(AnswerKind.TIMED_OUT, Reached.WEBSOCKET, f"no {handshake.awaits} came")
    except OSError as error:
        return Failure(AnswerKind.CLOSED, Reached.WEBSOCKET, str(error))
    except (ProtocolError, PayloadTooBig, UnicodeDecodeError) as error:
        return Failure(AnswerKind.NOT_WEBSOCKET, Reached.WEBSOCKET, str(error))
    return None


def _patience(awaits: Awaits, deadline: _Deadline) -> float:
    match awaits:
        case Awaits.HEALTH:
            return deadline.within(_HEALTH_GRACE)
        case Awaits.CLOSE:
            return deadline.within(_CLOSE_GRACE)
        case _:
            return deadline.left()


def _secured(address: Address, line: socket.socket) -> socket.socket | Failure:
    if not address.tls:
        return line
    from clawupgrade.host.tls import secured  # OpenSSL is paid for where it is spoken

    return secured(address, line)


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
