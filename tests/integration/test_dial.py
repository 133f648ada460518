"""Dial against real sockets: every way in which a gateway, a stranger or a network can answer."""

from __future__ import annotations

import datetime
import json
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from in_time import AT_ONCE, PATIENCE, SLACK, within

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.gateway.credential import Credential
from clawupgrade.gateway.device import read_identity
from clawupgrade.gateway.reading import row_for
from clawupgrade.gateway.row import State
from clawupgrade.host.dial import ATTEMPT_LIMIT, Dial
from clawupgrade.testing.gateway import FakeGateway, Habit
from clawupgrade.testing.gateway_rules import (
    R2026_2_12,
    R2026_4_29,
    R2026_6_11,
    R2026_9_6,
    FakeRelease,
    Refusal,
)

TOKEN = "the-right-token-0123456789"
RIGHT = Credential("token", TOKEN)
WRONG = Credential("token", "the-wrong-token-9876543210")
RELEASES = [R2026_2_12, R2026_4_29, R2026_6_11, R2026_9_6]


def ask(gateway: FakeGateway, credential: Credential | None = RIGHT, timeout: float = PATIENCE) -> Answer:
    return Dial().ask(gateway.address, credential, timeout=timeout)


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_every_release_says_hello_to_the_right_token(release: FakeRelease) -> None:
    with FakeGateway(token=TOKEN, release=release) as gateway:
        answer = within(AT_ONCE, lambda: ask(gateway))
    assert answer.kind is AnswerKind.HELLO
    assert (answer.server_version, answer.protocol) == (release.version, release.protocol)
    assert answer.health == {"ok": True, "channels": {}}


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
@pytest.mark.parametrize(
    ("credential", "cause"),
    [(WRONG, "token-mismatch"), (None, "no-credential")],
)
def test_every_release_refuses_in_words_that_are_understood(
    release: FakeRelease, credential: Credential | None, cause: str
) -> None:
    with FakeGateway(token=TOKEN, release=release) as gateway:
        answer = within(AT_ONCE, lambda: ask(gateway, credential))
    assert (answer.kind, answer.close_code) == (AnswerKind.REFUSED, 1008)
    assert row_for(answer).cause == cause


@pytest.mark.parametrize(
    ("release", "cause"), [(R2026_2_12, "token-missing"), (R2026_6_11, "token-missing"), (R2026_9_6, "ready")]
)
def test_the_secret_in_the_other_field(release: FakeRelease, cause: str) -> None:
    with FakeGateway(token=TOKEN, release=release) as gateway:
        assert row_for(ask(gateway, Credential("password", TOKEN))).cause == cause


def test_password_mode() -> None:
    with FakeGateway(password="open sesame") as gateway:
        assert ask(gateway, Credential("password", "open sesame")).kind is AnswerKind.HELLO
        assert row_for(ask(gateway, Credential("password", "open barley"))).cause == "password-mismatch"


def test_a_gateway_without_a_secret() -> None:
    with FakeGateway() as gateway:
        assert ask(gateway, None).kind is AnswerKind.HELLO


def test_a_device_key_is_proved() -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with FakeGateway(token=TOKEN) as gateway:
        answer = Dial().ask(gateway.address, RIGHT, device=read_identity({"privateKeyPem": pem}))
    assert answer.kind is AnswerKind.HELLO


def test_a_gateway_that_is_starting_is_asked_again_and_serves() -> None:
    with FakeGateway(token=TOKEN, habit=Habit.START, starting_for=2) as gateway:
        kinds = [row_for(ask(gateway)).cause for _ in range(3)]
    assert kinds == ["starting", "starting", "ready"]


def test_a_slow_gateway_is_given_its_time() -> None:
    with FakeGateway(token=TOKEN, delay=0.6) as gateway:
        assert ask(gateway).kind is AnswerKind.HELLO


@pytest.mark.parametrize(
    ("habit", "kind", "reached", "cause"),
    [
        (Habit.HANG_UP, AnswerKind.CLOSED, Reached.CHALLENGE, "hangs-up"),
        (Habit.HTTP_ONLY, AnswerKind.NOT_WEBSOCKET, Reached.TCP, "not-a-gateway"),
        (Habit.GARBAGE, AnswerKind.NOT_WEBSOCKET, Reached.WEBSOCKET, "not-a-gateway"),
    ],
)
def test_what_does_not_behave_is_told_apart(habit: Habit, kind: AnswerKind, reached: Reached, cause: str) -> None:
    with FakeGateway(token=TOKEN, habit=habit) as gateway:
        answer = within(AT_ONCE, lambda: ask(gateway))
    assert (answer.kind, answer.reached) == (kind, reached)
    assert row_for(answer).cause == cause


@pytest.mark.parametrize(("habit", "reached"), [(Habit.SILENT, Reached.TCP), (Habit.CHALLENGE_ONLY, Reached.CHALLENGE)])
def test_who_says_no_more_is_not_waited_for_any_longer_than_was_told(habit: Habit, reached: Reached) -> None:
    # Long enough for a busy machine to get as far as `reached`.
    with FakeGateway(token=TOKEN, habit=habit) as gateway:
        answer = within(1.5 + SLACK, lambda: ask(gateway, timeout=1.5), least=1.5)
    assert (answer.kind, answer.reached) == (AnswerKind.TIMED_OUT, reached)
    assert row_for(answer).cause == "mute"


@pytest.mark.parametrize(("status", "state"), [(503, State.STARTING), (301, State.BROKEN), (429, State.GUARDED)])
def test_an_http_status_is_kept(status: int, state: State) -> None:
    with FakeGateway(habit=Habit.HTTP_ONLY, http_status=status) as gateway:
        answer = within(AT_ONCE, lambda: ask(gateway))
    assert answer.http_status == status
    assert row_for(answer).state is state


def test_a_close_frame_without_a_response() -> None:
    with FakeGateway(habit=Habit.REFUSE, refusal=Refusal(close_code=1012)) as gateway:
        answer = ask(gateway)
    assert (answer.kind, answer.close_code) == (AnswerKind.CLOSED, 1012)
    assert row_for(answer).cause == "restarting"


@contextmanager
def stranger(greeting: bytes, *, hangs_up: bool = True) -> Iterator[Address]:
    """Another program on the port: says its piece, and hangs up or waits."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            line, _ = listener.accept()
            with line:
                line.sendall(greeting)
                if hangs_up:
                    line.shutdown(socket.SHUT_WR)
                while line.recv(4096):
                    pass

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield Address("127.0.0.1", listener.getsockname()[1])
        thread.join(timeout=5)


def ask_stranger(greeting: bytes, timeout: float = PATIENCE, *, hangs_up: bool = True) -> Answer:
    with stranger(greeting, hangs_up=hangs_up) as address:
        return Dial().ask(address, RIGHT, timeout=timeout)


@pytest.mark.parametrize(
    "greeting",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"220 mail.example ESMTP\r\n",
        b"\x00\xff\x17" * 50,
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: bm90IHJpZ2h0IGF0IGFsbCE=\r\n\r\n",
    ],
)
@pytest.mark.parametrize("turn", range(5))
def test_another_program_on_the_port_is_not_a_gateway(greeting: bytes, turn: int) -> None:
    answer = within(AT_ONCE, lambda: ask_stranger(greeting))
    assert answer.kind is AnswerKind.NOT_WEBSOCKET
    assert row_for(answer).cause == "not-a-gateway"


def test_a_stranger_that_greets_and_waits_is_not_taken_for_a_slow_gateway() -> None:
    answer = within(1.5 + SLACK, lambda: ask_stranger(b"J\x00\x00\x00\x0a8.0.36", 1.5, hangs_up=False))
    assert row_for(answer).cause == "not-a-gateway"


@pytest.mark.parametrize("turn", range(5))
def test_one_that_hangs_up_at_once(turn: int) -> None:
    answer = within(AT_ONCE, lambda: ask_stranger(b""))
    assert (answer.kind, answer.reached) == (AnswerKind.CLOSED, Reached.TCP)


def test_nobody_there() -> None:
    with socket.socket() as taken:  # so that nobody else comes there meanwhile; it never listens
        taken.bind(("127.0.0.1", 0))
        answer = within(AT_ONCE, lambda: Dial().ask(Address("127.0.0.1", taken.getsockname()[1]), RIGHT))
    assert (answer.kind, answer.reached) == (AnswerKind.UNREACHABLE, Reached.NOTHING)


def test_a_name_that_does_not_resolve() -> None:
    assert Dial().ask(Address("no-such-host.invalid", 18789), RIGHT).kind is AnswerKind.UNREACHABLE


def test_ipv6() -> None:
    with FakeGateway(token=TOKEN, host="::1") as gateway:
        assert ask(gateway).kind is AnswerKind.HELLO


@pytest.mark.parametrize("name", ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_proxies_are_never_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    with FakeGateway(token=TOKEN) as gateway:
        assert ask(gateway).kind is AnswerKind.HELLO


def test_three_refused_credentials_are_all_that_a_run_allows_itself() -> None:
    dial = Dial()
    with FakeGateway(token=TOKEN) as gateway:
        causes = [row_for(dial.ask(gateway.address, WRONG)).cause for _ in range(ATTEMPT_LIMIT + 2)]
        assert causes == ["token-mismatch"] * 3 + ["attempts-spent"] * 2
        assert gateway.asked == 3
        assert row_for(dial.ask(gateway.address, None)).cause == "no-credential", "asking without costs nothing"


def test_hello_pairing_and_starting_cost_no_attempt() -> None:
    dial = Dial()
    pairing = Refusal("pairing required", "NOT_PAIRED", {"code": "PAIRING_REQUIRED"})
    for choices in ({}, {"habit": Habit.REFUSE, "refusal": pairing}, {"habit": Habit.START}):
        with FakeGateway(token=TOKEN, **choices) as gateway:  # type: ignore[arg-type]
            dial.ask(gateway.address, RIGHT)
    assert dial.attempts_left == ATTEMPT_LIMIT


def test_debug_logs_hold_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeGateway(token=TOKEN) as gateway:
        ask(gateway)
        ask(gateway, WRONG)
    assert TOKEN not in caplog.text
    assert WRONG.value not in caplog.text
    frames = [record for record in caplog.records if record.name.startswith("websockets")]
    assert frames == [], "the library's own logger writes frames, and how much of them is a setting"


def test_an_echoed_secret_is_not_in_the_answer() -> None:
    refusal = Refusal(f"you sent {TOKEN}", TOKEN, {"code": TOKEN, "requestId": TOKEN, "reason": TOKEN})
    with FakeGateway(habit=Habit.REFUSE, refusal=refusal) as gateway:
        answer = ask(gateway)
    assert answer.message == "you sent ***"
    assert TOKEN not in json.dumps(answer.to_json()) + repr(answer)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and its self-signed certificate for 127.0.0.1 in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a gateway")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "gateway.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + made.public_bytes(Encoding.PEM))
    return pem


def served_with(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def fingerprint_of(certificate: Path) -> str:
    made = x509.load_pem_x509_certificate(certificate.read_bytes())
    return made.fingerprint(hashes.SHA256()).hex(":").upper()


def test_a_pinned_certificate_opens(certificate: Path) -> None:
    with FakeGateway(token=TOKEN, tls=served_with(certificate)) as gateway:
        port = gateway.address.port
        pinned = Address("127.0.0.1", port, tls=True, fingerprint=fingerprint_of(certificate))
        assert Dial().ask(pinned, RIGHT).kind is AnswerKind.HELLO


def test_a_trusted_ca_file_opens_for_the_name_that_it_was_made_for(certificate: Path) -> None:
    with FakeGateway(token=TOKEN, tls=served_with(certificate)) as gateway:
        port = gateway.address.port
        trusted = Address("localhost", port, tls=True, ca_file=str(certificate))
        assert Dial().ask(trusted, RIGHT).kind is AnswerKind.HELLO
        other_name = Address("127.0.0.1", port, tls=True, ca_file=str(certificate))
        assert Dial().ask(other_name, RIGHT).kind is AnswerKind.UNTRUSTED


@pytest.mark.parametrize("fingerprint", [None, sha256(b"another").hexdigest()])
def test_another_certificate_is_told_nothing_and_condemns_nothing(certificate: Path, fingerprint: str | None) -> None:
    with FakeGateway(token=TOKEN, tls=served_with(certificate)) as gateway:
        answer = Dial().ask(Address("127.0.0.1", gateway.address.port, tls=True, fingerprint=fingerprint), RIGHT)
        assert gateway.asked == 0
    assert answer.kind is AnswerKind.UNTRUSTED
    assert row_for(answer).state is State.UNKNOWN


def test_tls_asked_of_a_plain_gateway() -> None:
    with FakeGateway(token=TOKEN) as gateway:
        answer = Dial().ask(Address("127.0.0.1", gateway.address.port, tls=True, fingerprint="00"), RIGHT)
        assert gateway.asked == 0
    assert row_for(answer).state is State.BROKEN


def test_plain_asked_of_a_tls_gateway(certificate: Path) -> None:
    with FakeGateway(token=TOKEN, tls=served_with(certificate)) as gateway:
        plain = Address("127.0.0.1", gateway.address.port)
        answer = within(AT_ONCE, lambda: Dial().ask(plain, RIGHT, timeout=PATIENCE))
    assert row_for(answer).state is State.BROKEN
