"""The client's side, frame by frame: what it sends, how it settles, and that nothing breaks it or leaks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.gateway.credential import Credential
from clawupgrade.gateway.handshake import Awaits, Failure, Handshake
from clawupgrade.gateway.reading import known_words

SECRET = "s3cret-t0ken-0f-the-gateway"
CHALLENGE = {"type": "event", "event": "connect.challenge", "payload": {"nonce": "n-1", "ts": 1737264000000}}
HELLO = {
    "type": "res",
    "id": "1",
    "ok": True,
    "payload": {
        "type": "hello-ok",
        "protocol": 4,
        "server": {"version": "2026.6.11", "connId": "c"},
        "features": {"methods": ["health", "status"], "events": []},
        "auth": {"deviceToken": "a-device-token", "role": "operator", "scopes": []},
    },
}
MISMATCH = {
    "type": "res",
    "id": "1",
    "ok": False,
    "error": {
        "code": "INVALID_REQUEST",
        "message": "unauthorized: gateway token mismatch (provide gateway auth token)",
        "details": {
            "code": "AUTH_TOKEN_MISMATCH",
            "authReason": "token_mismatch",
            "recommendedNextStep": "update_auth_credentials",
        },
    },
}


def make_handshake(secret: str = SECRET, **choices: Any) -> Handshake:
    return Handshake(Credential("token", secret), request_id="1", now_ms=1, **choices)


def feed(handshake: Handshake, *frames: dict[str, Any]) -> None:
    for frame in frames:
        handshake.receive_text(json.dumps(frame))


def settled(handshake: Handshake) -> Answer:
    assert handshake.answer is not None
    return handshake.answer


def test_it_says_nothing_before_it_is_challenged() -> None:
    handshake = make_handshake()
    assert handshake.frames_to_send() == ()
    assert handshake.awaits is Awaits.CHALLENGE
    assert handshake.answer is None


def test_the_challenge_is_answered_once_with_connect_and_the_secret() -> None:
    handshake = make_handshake()
    feed(handshake, CHALLENGE, CHALLENGE)
    (frame,) = map(json.loads, handshake.frames_to_send())
    assert (frame["type"], frame["id"], frame["method"]) == ("req", "1", "connect")
    assert frame["params"]["auth"] == {"token": SECRET}
    assert handshake.frames_to_send() == ()


def test_hello_is_followed_by_one_read_only_question() -> None:
    handshake = make_handshake()
    feed(handshake, CHALLENGE)
    handshake.frames_to_send()
    feed(handshake, HELLO)
    (frame,) = map(json.loads, handshake.frames_to_send())
    assert (frame["method"], frame["params"]) == ("health", {})
    assert handshake.answer is None
    feed(handshake, {"type": "res", "id": "1-health", "ok": True, "payload": {"ok": True, "channels": {}}})
    answer = settled(handshake)
    assert (answer.kind, answer.server_version, answer.protocol) == (AnswerKind.HELLO, "2026.6.11", 4)
    assert answer.methods == ("health", "status")
    assert answer.health == {"ok": True, "channels": {}}


def test_the_device_token_that_a_gateway_hands_out_is_not_kept() -> None:
    handshake = make_handshake(health=False)
    feed(handshake, CHALLENGE, HELLO)
    assert "a-device-token" not in json.dumps(settled(handshake).to_json())


@pytest.mark.parametrize("end", ["refused", "closed", "timed out", "garbage"])
def test_a_failing_health_leaves_the_hello(end: str) -> None:
    handshake = make_handshake()
    feed(handshake, CHALLENGE, HELLO)
    match end:
        case "refused":
            refusal = {"ok": False, "error": {"message": "missing scope"}, "payload": {"ok": True}}
            feed(handshake, {"type": "res", "id": "1-health"} | refusal)
        case "closed":
            handshake.receive_close(1006, "")
        case "timed out":
            handshake.receive_failure(Failure(AnswerKind.TIMED_OUT))
        case _:
            handshake.receive_text("<html>")
    answer = settled(handshake)
    assert answer.kind is AnswerKind.HELLO
    assert answer.health is None


def test_a_refusal_waits_for_the_close_frame_that_belongs_to_it() -> None:
    handshake = make_handshake()
    feed(handshake, CHALLENGE, MISMATCH)
    assert handshake.awaits is Awaits.CLOSE
    handshake.receive_close(1008, "unauthorized: gateway token mismatch (provide gateway auth token)")
    answer = settled(handshake)
    assert answer.kind is AnswerKind.REFUSED
    assert (answer.error_code, answer.detail_code) == ("INVALID_REQUEST", "AUTH_TOKEN_MISMATCH")
    assert (answer.detail_reason, answer.next_step) == ("token_mismatch", "update_auth_credentials")
    assert answer.close_code == 1008


def test_a_refusal_stands_when_the_close_frame_never_comes() -> None:
    handshake = make_handshake()
    feed(handshake, CHALLENGE, MISMATCH)
    handshake.receive_failure(Failure(AnswerKind.TIMED_OUT, message="too late"))
    answer = settled(handshake)
    assert answer.kind is AnswerKind.REFUSED
    assert answer.message.startswith("unauthorized: gateway token mismatch")


def test_starting_says_when_to_come_back() -> None:
    handshake = make_handshake()
    error = {
        "code": "UNAVAILABLE",
        "retryable": True,
        "retryAfterMs": 500,
        "details": {"reason": "startup-sidecars"},
    }
    feed(handshake, CHALLENGE, {"type": "res", "id": "1", "ok": False, "error": error})
    handshake.receive_close(1013, "gateway starting")
    answer = settled(handshake)
    assert (answer.retryable, answer.retry_after_ms, answer.detail_reason) == (True, 500, "startup-sidecars")


@pytest.mark.parametrize("place", ["details", "close reason"])
def test_the_request_to_approve_is_found(place: str) -> None:
    handshake = make_handshake()
    details = {"code": "PAIRING_REQUIRED", "requestId": "req-42"} if place == "details" else {}
    error = {"code": "NOT_PAIRED", "message": "pairing required", "details": details}
    feed(handshake, CHALLENGE, {"type": "res", "id": "1", "ok": False, "error": error})
    handshake.receive_close(1008, "pairing required (requestId: req-42)" if place != "details" else "")
    assert settled(handshake).request_id == "req-42"


def test_a_close_without_a_response_is_its_own_answer() -> None:
    handshake = make_handshake()
    feed(handshake, CHALLENGE)
    handshake.receive_close(None, "")
    answer = settled(handshake)
    assert (answer.kind, answer.reached, answer.close_code) == (AnswerKind.CLOSED, Reached.CHALLENGE, None)


@pytest.mark.parametrize("kind", list(AnswerKind))
def test_a_transports_failure_is_the_answer(kind: AnswerKind) -> None:
    handshake = make_handshake()
    handshake.receive_failure(Failure(kind, Reached.TCP, f"it holds {SECRET}", 503, 2000))
    answer = settled(handshake)
    assert (answer.kind, answer.reached) == (kind, Reached.TCP)
    assert (answer.message, answer.http_status, answer.retry_after_ms) == ("it holds ***", 503, 2000)


@pytest.mark.parametrize(
    "strange",
    [
        {"type": "res", "id": "1", "ok": True, "payload": {"type": "welcome"}},
        {"type": "res", "id": "1", "ok": True},
        {"type": "res", "id": "1"},
        {"type": "res", "id": "1", "ok": "yes"},
    ],
)
def test_a_response_that_is_neither_yes_nor_no_is_not_the_protocol(strange: dict[str, Any]) -> None:
    handshake = make_handshake()
    feed(handshake, CHALLENGE, strange)
    assert settled(handshake).kind is AnswerKind.NOT_WEBSOCKET


def test_frames_that_are_not_for_us_change_nothing() -> None:
    handshake = make_handshake()
    feed(handshake, HELLO, CHALLENGE, {"type": "event", "event": "tick"}, HELLO | {"id": "other"}, {})
    assert handshake.awaits is Awaits.RESPONSE


def test_once_settled_nothing_changes_the_answer() -> None:
    handshake = make_handshake(health=False)
    feed(handshake, CHALLENGE, HELLO)
    before = settled(handshake)
    feed(handshake, MISMATCH)
    handshake.receive_close(1008, "unauthorized")
    handshake.receive_failure(Failure(AnswerKind.TIMED_OUT))
    assert settled(handshake) == before


@pytest.mark.parametrize("password", ["password", "gateway", "e", "mismatch", "AUTH", "2026", "PASSWORD"])
def test_a_password_that_is_a_word_of_the_protocol_hides_none_of_it(password: str) -> None:
    handshake = Handshake(Credential("password", password), request_id="1", now_ms=1, health=False)
    error = {
        "code": "INVALID_REQUEST",
        "message": f"unauthorized: gateway password mismatch ({password}!)",
        "details": {"code": "AUTH_PASSWORD_MISMATCH"},
    }
    feed(handshake, CHALLENGE, {"type": "res", "id": "1", "ok": False, "error": error})
    handshake.receive_close(1008, "")
    answer = settled(handshake)
    assert answer.message.startswith("unauthorized: gateway password mismatch (")
    assert f"({password}!)" not in answer.message
    assert answer.detail_code == "AUTH_PASSWORD_MISMATCH"


def test_a_secret_that_begins_with_a_word_of_the_protocol_is_hidden_all_the_same() -> None:
    handshake = make_handshake("missing (abcdef")
    error = {"message": "unauthorized: gateway token missing (abcdef)"}
    feed(handshake, CHALLENGE, {"type": "res", "id": "1", "ok": False, "error": error})
    handshake.receive_close(1008, "")
    assert settled(handshake).message == "unauthorized: gateway token ***)"


def test_a_password_that_looks_like_a_part_of_a_version_does_not_hide_it() -> None:
    handshake = make_handshake("2026", health=False)
    feed(handshake, CHALLENGE, HELLO)
    assert settled(handshake).server_version == "2026.6.11"


_WORDS = st.sampled_from(
    [
        SECRET,
        "res",
        "event",
        "1",
        "hello-ok",
        "connect.challenge",
        "n",
        "unauthorized: gateway token missing",
        "\ud800",
    ]
)
_LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | _WORDS
_NAMES = (
    "type",
    "id",
    "ok",
    "payload",
    "error",
    "event",
    "nonce",
    "ts",
    "code",
    "message",
    "details",
    "reason",
)
_MORE = ("requestId", "server", "version", "features", "methods", "protocol", "retryAfterMs", "retryable")
_KEYS = st.sampled_from(_NAMES + _MORE + ("authReason", "recommendedNextStep"))
_VALUES = st.recursive(
    _LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=8
)
_FRAMES = st.dictionaries(_KEYS, _VALUES, max_size=6).map(json.dumps) | st.text() | _WORDS
_SHAPED = st.builds(
    lambda ok, body, key: json.dumps({"type": "res", "id": "1", "ok": ok, key: body}),
    st.booleans(),
    _VALUES,
    st.sampled_from(["payload", "error"]),
)
_STEPS = st.lists(
    st.sampled_from([json.dumps(CHALLENGE), json.dumps(HELLO), json.dumps(MISMATCH)]) | _SHAPED | _FRAMES,
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(_STEPS, st.one_of(st.none(), st.integers(0, 5000)), st.text() | _WORDS)
def test_no_frames_make_it_raise_hang_or_leak(steps: list[str], code: int | None, reason: str) -> None:
    handshake = make_handshake()
    for step in steps:
        handshake.receive_text(step)
        for frame in handshake.frames_to_send():
            frame.encode("utf-8")
    handshake.receive_close(code, reason)
    answer = settled(handshake)
    shown = json.dumps(answer.to_json(), allow_nan=False)
    assert SECRET not in shown
    assert SECRET not in repr(answer)
    shown.encode("utf-8")


@given(st.text(min_size=6, max_size=40), st.text(max_size=30))
def test_no_secret_survives_being_echoed(secret: str, around: str) -> None:
    assume(not known_words(secret))
    handshake = Handshake(Credential("token", secret), request_id="1", now_ms=1)
    echo = f"{around}{secret}{around}"
    error = {"code": echo, "message": echo, "details": {"code": echo, "reason": [echo], "requestId": echo}}
    feed(handshake, CHALLENGE, {"type": "res", "id": "1", "ok": False, "error": error})
    handshake.receive_close(1008, echo)
    answer = settled(handshake)
    for field in (
        answer.error_code,
        answer.message,
        answer.detail_code,
        answer.request_id,
        answer.close_reason,
    ):
        assert secret not in field
