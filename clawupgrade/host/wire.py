"""A WebSocket client over one blocking socket: no threads, every wait bounded, every byte noticed.

The library's own synchronous client fails with a race when the other side speaks first (ssh, smtp).
"""

from __future__ import annotations

import logging
import socket
import time
from collections import deque
from contextlib import suppress

from msgspec import Struct
from websockets.client import ClientProtocol
from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

_LARGEST_MESSAGE = 32 * 1024 * 1024
_CHUNK = 65_536


class Farewell(Struct, frozen=True):
    """The end of a conversation: the close frame's code and reason, None and "" where there was none."""

    code: int | None
    reason: str


class Wire:
    """One WebSocket. All waits are in seconds and end in TimeoutError; a lost line is an OSError."""

    def __init__(self, line: socket.socket, url: str, user_agent: str) -> None:
        self._line = line
        self._protocol = ClientProtocol(parse_uri(url), max_size=_LARGEST_MESSAGE, logger=_mute_logger())
        self._user_agent = user_agent
        self._frames: deque[Frame] = deque()
        self._heard = False

    @property
    def heard(self) -> bool:
        """Whether the other side has sent anything at all."""
        return self._heard

    def upgrade(self, seconds: float) -> None:
        """Ask for a WebSocket.

        Raises:
            InvalidHandshake: what came back is not one; `InvalidStatus` where it is HTTP.
        """
        until = time.monotonic() + seconds
        request = self._protocol.connect()
        request.headers["User-Agent"] = self._user_agent
        self._protocol.send_request(request)
        self._send(until)
        while self._protocol.state.name == "CONNECTING" and self._protocol.handshake_exc is None:
            self._hear(until)
        if self._protocol.handshake_exc is not None:
            raise self._protocol.handshake_exc

    def read(self, seconds: float) -> str | Farewell:
        """The next message as text, or the end.

        Raises:
            ProtocolError, PayloadTooBig, UnicodeDecodeError: what came is no WebSocket frame.
        """
        until = time.monotonic() + seconds
        message = b""
        while True:
            while not self._frames:
                if self._protocol.state.name != "OPEN":
                    return self._farewell()
                self._hear(until)
            frame = self._frames.popleft()
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                message += frame.data
                if frame.fin:
                    return message.decode("utf-8", "replace")

    def write(self, text: str, seconds: float) -> None:
        """Send one text message."""
        if self._protocol.state.name == "OPEN":
            self._protocol.send_text(text.encode())
            self._send(time.monotonic() + seconds)

    def close(self, seconds: float) -> None:
        """Say goodbye, wait a moment for the other side to do so too, and leave."""
        until = time.monotonic() + seconds
        with suppress(OSError, ProtocolError, PayloadTooBig, UnicodeDecodeError):
            if self._protocol.state.name == "OPEN":
                self._protocol.send_close(1000)
                self._send(until)
            while self._protocol.state.name == "CLOSING":
                self._hear(until)

    def _farewell(self) -> Farewell:
        said = self._protocol.close_rcvd
        if said is None and isinstance(self._protocol.parser_exc, ProtocolError | PayloadTooBig | UnicodeDecodeError):
            raise self._protocol.parser_exc
        return Farewell(said.code, said.reason) if said else Farewell(None, "")

    def _hear(self, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("nothing came in time")
        self._line.settimeout(left)
        data = self._line.recv(_CHUNK)
        if data:
            self._heard = True
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        self._frames.extend(each for each in self._protocol.events_received() if isinstance(each, Frame))
        self._send(until)

    def _send(self, until: float) -> None:
        for data in self._protocol.data_to_send():
            self._line.settimeout(max(0.001, until - time.monotonic()))
            if data:
                self._line.sendall(data)
            else:
                with suppress(OSError):  # the other side may have gone first
                    self._line.shutdown(socket.SHUT_WR)


def _mute_logger() -> logging.Logger:
    """A logger of its own: under debugging the library's writes every frame, with our token in it."""
    return logging.Logger("clawupgrade.wire", logging.CRITICAL)
