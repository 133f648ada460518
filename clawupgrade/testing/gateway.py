"""A gateway for tests: real sockets, a real handshake, and every bad habit that real gateways have shown."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
import time
from base64 import urlsafe_b64decode
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from types import TracebackType
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from clawupgrade.gateway.address import Address

_CLIENT_IDS = ("gateway-client", "cli", "openclaw-control-ui", "webchat", "test")
_CLIENT_MODES = ("backend", "cli", "ui", "node", "probe", "webchat", "test")
_PARAMS = frozenset(("minProtocol", "maxProtocol", "client", "role", "scopes", "caps", "commands"))
_MORE_PARAMS = frozenset(("permissions", "auth", "device", "locale", "userAgent"))


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


@dataclass(frozen=True, slots=True)
class FakeRelease:
    """What differs between releases in a handshake. `tells`: whether errors carry details."""

    version: str
    protocol: int
    tells: bool


R2026_2_12 = FakeRelease("dev", 3, tells=False)
R2026_4_29 = FakeRelease("2026.4.29", 3, tells=True)
R2026_6_11 = FakeRelease("2026.6.11", 4, tells=True)
R2026_9_6 = FakeRelease("2026.9.6", 4, tells=True)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error response and the close frame after it. No message: only the close frame."""

    message: str = ""
    code: str = "INVALID_REQUEST"
    details: dict[str, Any] = field(default_factory=dict)
    close_code: int = 1008
    extra: dict[str, Any] = field(default_factory=dict)


STARTING = Refusal(
    "gateway starting; retry shortly",
    "UNAVAILABLE",
    {"reason": "startup-sidecars"},
    1013,
    {"retryable": True, "retryAfterMs": 500},
)


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
        self._listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
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
        return self._judge_secret(params) or judge_device(params, nonce)

    def _judge_secret(self, params: dict[str, Any]) -> Refusal | None:
        shown = params.get("auth", {})
        for kind, secret in (("token", self._token), ("password", self._password)):
            if not secret:
                continue
            if not any(shown.get(each) for each in ("token", "password")):
                details = {"code": "DEVICE_IDENTITY_REQUIRED"}
                return Refusal("device identity required", "NOT_PAIRED", details)
            if not shown.get(kind):
                return _unauthorized(kind, "missing")
            if not compare_digest(str(shown[kind]).encode(), secret.encode()):
                return _unauthorized(kind, "mismatch")
        return None

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


def _unauthorized(kind: str, fault: str) -> Refusal:
    code = f"AUTH_{kind.upper()}_{fault.upper()}"
    details = {"code": code, "recommendedNextStep": "update_auth_credentials"}
    return Refusal(f"unauthorized: gateway {kind} {fault} (provide gateway auth {kind})", details=details)


def is_well_formed(params: object) -> bool:
    """Real gateways check `connect` against a closed schema, and so does this one."""
    if not isinstance(params, dict) or not params.keys() <= _PARAMS | _MORE_PARAMS:
        return False
    client = params.get("client", {})
    spans = [params.get("minProtocol"), params.get("maxProtocol")]
    return (
        client.get("id") in _CLIENT_IDS
        and client.get("mode") in _CLIENT_MODES
        and bool(client.get("version"))
        and bool(client.get("platform"))
        and client.keys() <= {"id", "version", "platform", "mode", "displayName", "instanceId"}
        and all(isinstance(span, int) and span >= 1 for span in spans)
    )


def judge_device(params: dict[str, Any], nonce: str) -> Refusal | None:
    """What a gateway that handed out `nonce` says to the device in `params`; None when it is content."""
    device = params.get("device")
    if device is None:
        return None
    raw = urlsafe_b64decode(device["publicKey"] + "==")
    if sha256(raw).hexdigest() != device["id"]:
        return Refusal("device identity mismatch", details={"code": "DEVICE_AUTH_DEVICE_ID_MISMATCH"})
    if device.get("nonce") != nonce:
        return Refusal("device nonce mismatch", details={"code": "DEVICE_AUTH_NONCE_MISMATCH"})
    client, token = params["client"], params.get("auth", {}).get("token", "")
    scopes = ",".join(params["scopes"])
    words = ["v2", device["id"], client["id"], client["mode"], params["role"], scopes]
    signed = "|".join([*words, str(device["signedAt"]), token, nonce])
    try:
        signature = urlsafe_b64decode(device["signature"] + "==")
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, signed.encode())
    except InvalidSignature:
        return Refusal("device signature invalid", details={"code": "DEVICE_AUTH_SIGNATURE_INVALID"})
    return None


def _send(connection: ServerConnection, frame: dict[str, Any]) -> None:
    connection.send(json.dumps(frame))
