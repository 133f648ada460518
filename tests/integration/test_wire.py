"""The wire against real servers: fragments, pings, broken frames, endless answers, and bounded waits."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from in_time import AT_ONCE, PATIENCE, SLACK, within
from websockets.exceptions import InvalidHandshake, InvalidStatus, ProtocolError
from websockets.server import ServerProtocol
from websockets.sync.server import ServerConnection, serve

from clawupgrade.host.wire import Farewell, Wire


@contextmanager
def wired(serve_one: Callable[[ServerConnection], None]) -> Iterator[Wire]:
    """A wire to a WebSocket server that does one thing."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = serve(serve_one, sock=listener, logger=logging.Logger("quiet", logging.CRITICAL))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with socket.create_connection(listener.getsockname()) as line:
            wire = Wire(line, "ws://127.0.0.1", "test")
            wire.upgrade(PATIENCE)
            yield wire
    finally:
        server.shutdown()
        thread.join(timeout=5)


@contextmanager
def answered(raw: bytes, *, repeat: bool = False) -> Iterator[Wire]:
    """A wire, not upgraded yet, to a server that gives raw bytes once it has read the request."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            line, _ = listener.accept()
            with line:
                line.recv(4096)
                line.sendall(raw)
                try:
                    while repeat or line.recv(4096):
                        line.sendall(b"x" if repeat else b"")
                        time.sleep(0.01)
                except OSError:
                    return

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with socket.create_connection(listener.getsockname()) as line:
            yield Wire(line, "ws://127.0.0.1", "test")
        thread.join(timeout=5)


@contextmanager
def deaf() -> Iterator[Wire]:
    """An upgraded wire to a server that reads nothing after that, and so never says goodbye."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as line,
        listener.accept()[0] as other,
    ):
        wire = Wire(line, "ws://127.0.0.1", "test")
        upgrading = threading.Thread(target=wire.upgrade, args=(PATIENCE,))
        upgrading.start()
        server = ServerProtocol()
        while not (asked := server.events_received()):
            server.receive_data(other.recv(4096))
        server.send_response(server.accept(asked[0]))  # type: ignore[arg-type]
        other.sendall(b"".join(server.data_to_send()))
        upgrading.join()
        yield wire


def read_one(serve_one: Callable[[ServerConnection], None], seconds: float = PATIENCE) -> str | Farewell:
    with wired(serve_one) as wire:
        return wire.read(seconds)


def test_fragments_are_put_together() -> None:
    assert within(AT_ONCE, lambda: read_one(lambda server: server.send(["one ", "two ", "three"]))) == "one two three"


def test_bytes_are_read_as_text() -> None:
    assert within(AT_ONCE, lambda: read_one(lambda server: server.send(b"\xffabc"))) == "\ufffdabc"


def test_pings_are_answered_and_not_read() -> None:
    ponged: list[bool] = []

    def ping(server: ServerConnection) -> None:
        ponged.append(server.ping().wait(PATIENCE))
        server.send("after")

    assert within(AT_ONCE, lambda: read_one(ping)) == "after"
    assert set(ponged) == {True}


@pytest.mark.parametrize(("code", "reason"), [(1008, "unauthorized"), (1012, "service restart"), (4001, "")])
def test_the_farewell_is_kept(code: int, reason: str) -> None:
    with wired(lambda server: server.close(code, reason)) as wire:
        assert wire.read(PATIENCE) == Farewell(code, reason)
        assert within(AT_ONCE, lambda: wire.read(PATIENCE)) == Farewell(code, reason)


def test_a_line_that_is_cut_is_a_farewell_without_words() -> None:
    def cut(server: ServerConnection) -> None:
        server.socket.shutdown(socket.SHUT_RDWR)

    assert within(AT_ONCE, lambda: read_one(cut)) == Farewell(None, "")


def test_a_message_before_the_farewell_is_not_lost() -> None:
    def say(server: ServerConnection) -> None:
        server.send("last words")
        server.close(1008, "out")

    with wired(say) as wire:
        time.sleep(0.1)
        assert wire.read(PATIENCE) == "last words"
        assert wire.read(PATIENCE) == Farewell(1008, "out")


def test_broken_frames_are_named() -> None:
    def babble(server: ServerConnection) -> None:
        server.socket.sendall(b"\xff\xff\xff\xff\xff\xff")
        time.sleep(0.2)

    with pytest.raises(ProtocolError):
        read_one(babble)


def test_waiting_is_bounded_though_pings_keep_coming() -> None:
    def keep_pinging(server: ServerConnection) -> None:
        for _ in range(1000):
            server.ping()
            time.sleep(0.02)

    def read_in_vain() -> None:
        with pytest.raises(TimeoutError):
            read_one(keep_pinging, 0.3)

    within(0.3 + SLACK, read_in_vain, least=0.3)


def test_no_time_left_is_no_time() -> None:
    with wired(lambda server: time.sleep(0.2)) as wire, pytest.raises(TimeoutError):
        wire.read(0)


def test_closing_waits_for_the_other_side_no_longer_than_it_is_told() -> None:
    with deaf() as wire:
        within(0.3 + SLACK, lambda: wire.close(0.3), least=0.3)


def test_an_http_answer_is_told_by_its_status() -> None:
    with answered(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno") as wire:
        with pytest.raises(InvalidStatus) as raised:
            wire.upgrade(5)
        assert raised.value.response.status_code == 503


def test_an_endless_answer_ends_and_was_heard() -> None:
    with answered(b"HTTP/1.1 200 OK\r\n\r\n", repeat=True) as wire:
        with pytest.raises((TimeoutError, InvalidHandshake)):
            wire.upgrade(0.3)
        assert wire.heard


def test_silence_is_not_heard() -> None:
    with answered(b"") as wire:
        with pytest.raises(TimeoutError):
            wire.upgrade(0.2)
        assert not wire.heard
