"""A gateway for tests: real sockets, a real handshake, and every bad habit that real gateways have shown."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
import time
from contextlib import suppress
from enum import StrEnum
from hashlib import sha256
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from clawupgrade.gateway.address import Address
from clawupgrade.testing.gateway_rules import (
    R2026_6_11,
    STARTING,
    FakeRelease,
    Refusal,
    is_well_formed,
    judge_device,
    judge_secret,
)


class Habit(StrEnum):
    """How the gateway behaves once somebody connects."""

    SERVE = "serve"
    START = "start"
    """Answers that it is starting, `starting_for` times, and serves then."""
    REFUSE = "refuse"
    """Gives `refusal`, whatever it is shown."""
    HANG_UP = "hang-up"
    """Challenges, takes the answer, and cuts the line."""
    CHALLENGE_ONLY = "challenge-only"
    HTTP_ONLY = "http-only"
    SILENT = "silent"
    """Takes the connection and sends nothing at all."""
    GARBAGE = "garbage"


class FakeGateway:
    """`with FakeGateway(token=…) as gateway: … gateway.address …`. No token and no password: mode `none`.

    delay: seconds before the answer to `connect`. `asked` counts the connect requests.
    """

    def __init__(
        self,
        *,
        token: str = "",
        password: str = "",
        release: FakeRelease = R2026_6_11,
        habit: Habit = Habit.SERVE,
        refusal: Refusal | None = None,
        starting_for: int = 1,
        delay: float = 0.0,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        http_status: int = 404,
    ) -> None:
        if (habit is Habit.REFUSE) != (refusal is not None):
            raise ValueError("a refusal goes with the habit of refusing, and only with it")
        self._token, self._password, self._release = token, password, release
        self._habit, self._refusal, self._starting_left = habit, refusal, starting_for
        self._delay, self._host, self._tls, self._http_status = delay, host, tls, http_status
        self.asked = 0
        self._listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._port: int = self._listener.getsockname()[1]
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._held: list[socket.socket] = []

    @property
    def address(self) -> Address:
        """Where it listens."""
        return Address(self._host, self._port, tls=self._tls is not None)

    def __enter__(self) -> Self:
        if self._habit is not Habit.SILENT:
            self._server = serve(
                self._handle,
                sock=self._listener,
                ssl=self._tls,
                process_request=self._greet,
                logger=logging.Logger("fake-gateway", logging.CRITICAL),
                compression=None,
            )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._held:
            line.close()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        if self._server is not None:
            self._server.serve_forever()
            return
        with suppress(OSError):  # the listener is closed under it when the test ends
            while True:
                self._held.append(self._listener.accept()[0])

    def _greet(self, connection: ServerConnection, _: Request) -> Response | None:
        if self._habit is Habit.HTTP_ONLY:
            return connection.respond(self._http_status, "no WebSocket here\n")
        return None

    def _handle(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            if self._habit is Habit.GARBAGE:
                connection.send("220 mail.example ESMTP")
                return
            nonce = sha256(str(time.monotonic_ns()).encode()).hexdigest()[:24]
            moment = int(time.time() * 1000)
            payload = {"nonce": nonce, "ts": moment}
            _send(connection, {"type": "event", "event": "connect.challenge", "payload": payload})
            if self._habit is Habit.CHALLENGE_ONLY:
                connection.recv()
                connection.recv()
            self._answer(connection, json.loads(connection.recv()), nonce)

    def _answer(self, connection: ServerConnection, frame: dict[str, Any], nonce: str) -> None:
        self.asked += 1
        if self._habit is Habit.HANG_UP:
            connection.socket.shutdown(socket.SHUT_RDWR)
            return
        time.sleep(self._delay)
        refusal = self._judge(frame, nonce)
        if refusal is None:
            self._serve(connection, frame)
            return
        if refusal.message and frame.get("type") == "req":
            details = {"details": refusal.details} if self._release.tells and refusal.details else {}
            error = {"code": refusal.code, "message": refusal.message} | refusal.extra | details
            _send(connection, {"type": "res", "id": frame.get("id"), "ok": False, "error": error})
        connection.close(refusal.close_code, refusal.message[:120])

    def _judge(self, frame: dict[str, Any], nonce: str) -> Refusal | None:
        params = frame.get("params", {})
        if frame.get("type") != "req":
            return Refusal("invalid request frame")
        if frame.get("method") != "connect":
            return Refusal("invalid handshake: first request must be connect")
        if not is_well_formed(params):
            return Refusal("invalid connect params: at root: unexpected property")
        if self._refusal is not None:
            return self._refusal
        if self._habit is Habit.START and self._starting_left > 0:
            self._starting_left -= 1
            return STARTING
        if not params["minProtocol"] <= self._release.protocol <= params["maxProtocol"]:
            details = {"code": "PROTOCOL_MISMATCH", "expectedProtocol": self._release.protocol}
            return Refusal("protocol mismatch", details=details, close_code=1002)
        secrets = {"token": self._token, "password": self._password}
        return judge_secret(params, secrets, self._release) or judge_device(params, nonce)

    def _serve(self, connection: ServerConnection, frame: dict[str, Any]) -> None:
        hello = {
            "type": "hello-ok",
            "protocol": self._release.protocol,
            "server": {"version": self._release.version, "connId": "fake"},
            "features": {"methods": ["health", "status"], "events": ["tick"]},
            "snapshot": {},
            "auth": {"role": "operator", "scopes": frame["params"].get("scopes", [])},
            "policy": {"tickIntervalMs": 15000},
        }
        _send(connection, {"type": "res", "id": frame["id"], "ok": True, "payload": hello})
        for text in connection:
            asked = json.loads(text)
            _send(connection, {"type": "event", "event": "tick", "payload": {}})
            if asked.get("method") == "health":
                answer: dict[str, Any] = {"ok": True, "payload": {"ok": True, "channels": {}}}
            else:
                error = {"code": "INVALID_REQUEST", "message": f"unknown method: {asked.get('method')}"}
                answer = {"ok": False, "error": error}
            _send(connection, {"type": "res", "id": asked.get("id")} | answer)


def _send(connection: ServerConnection, frame: dict[str, Any]) -> None:
    connection.send(json.dumps(frame))
