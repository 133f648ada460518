"""Sees a gateway from outside: a handshake client of its own that writes down each change of state."""

from __future__ import annotations

import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Self

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import connect

UP, REFUSED, STARTING, DOWN = "up", "refused", "starting", "down"
POLICY = 1008
PATIENCE = 10.0
"""For one answer: on a busy machine a gateway that serves may take seconds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look: the state, what the gateway said (server version, close code or error), and when."""

    state: str
    detail: str
    at: float = field(compare=False)


def _ask(port: int, token: str, protocols: tuple[int, int]) -> tuple[str, str]:
    client = {"id": "gateway-client", "version": "1.0.0", "platform": "linux", "mode": "backend"}
    params = {
        "minProtocol": protocols[0],
        "maxProtocol": protocols[1],
        "client": client,
        "role": "operator",
        "scopes": ["operator.read"],
        "caps": [],
        "auth": {"token": token},
    }
    request = {"type": "req", "id": str(uuid.uuid4()), "method": "connect", "params": params}
    with connect(f"ws://127.0.0.1:{port}", open_timeout=PATIENCE, close_timeout=0.2, proxy=None) as socket:
        try:
            socket.recv(timeout=PATIENCE)  # connect.challenge
            socket.send(json.dumps(request))
            while True:
                frame = json.loads(socket.recv(timeout=PATIENCE))
                if frame.get("type") == "res" and frame.get("id") == request["id"]:
                    break
        except ConnectionClosed as closed:
            said = f"{closed.code} {closed.reason}"
            return (REFUSED if closed.code == POLICY else DOWN), said
    if frame["ok"]:
        return UP, str(frame["payload"]["server"]["version"])
    error = frame["error"]
    return (STARTING if error["code"] == "UNAVAILABLE" else REFUSED), f"{error['code']} {error['message']}"


def look(port: int, token: str) -> Seen:
    """One handshake with the gateway on a loopback port."""
    began = time.monotonic()
    try:
        state, detail = _ask(port, token, (3, 10))
    except (OSError, TimeoutError, WebSocketException) as lost:
        state, detail = DOWN, type(lost).__name__
    # Never in the gateway's favour: it was away from the first question, and is back with the last answer.
    return Seen(state, detail, time.monotonic() if state == UP else began)


def await_hello(port: int, token: str, *, patience: float = 600) -> str:
    """Wait for hello-ok; the server's version. Raises AssertionError with the last answer when none comes.

    Patient: a cold start takes 8 s of two idle processors, and minutes of two that other tests use too.
    """
    end = time.monotonic() + patience
    while (seen := look(port, token)).state != UP:
        if time.monotonic() > end:
            raise AssertionError(f"no hello-ok on {port} in {patience:.0f} s: {seen.state} ({seen.detail})")
        time.sleep(0.2)
    return seen.detail


@dataclass(slots=True)
class Watcher:
    """Looks every 0.2 s from `with` to its end. Only ever offers the token it was given."""

    port: int
    token: str = field(repr=False)
    changes: list[Seen] = field(default_factory=list)
    looks: int = 0
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)
    _ended: float | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch, name=f"watch-{self.port}", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=15)
        self._ended = time.monotonic()

    def _watch(self) -> None:
        while not self._stop.is_set():
            seen = look(self.port, self.token)
            self.looks += 1
            if not self.changes or self.changes[-1] != seen:
                self.changes.append(seen)
            # A gateway locks out who is refused too often: after a refusal, look but every 3 s.
            self._stop.wait(3 if seen.state == REFUSED else 0.2)

    def outages(self) -> list[tuple[float, float]]:
        """(start, end) of every time without hello-ok after the first one, by time.monotonic()."""
        found: list[tuple[float, float]] = []
        since: float | None = None
        was_up = False
        for seen in self.changes:
            if seen.state == UP:
                if since is not None:
                    found.append((since, seen.at))
                since, was_up = None, True
            elif was_up and since is None:
                since = seen.at
        if since is not None:
            found.append((since, self._ended or time.monotonic()))
        return found

    def downtime(self) -> float:
        """Seconds without hello-ok, all outages together."""
        return sum(end - start for start, end in self.outages())
