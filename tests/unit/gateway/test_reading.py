"""Every code and string that gateways are known to say has its row; what is not known has none."""

from __future__ import annotations

from collections import Counter

import pytest

from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.gateway.codes import ROWS
from clawupgrade.gateway.reading import known_words, row_for, row_for_words
from clawupgrade.gateway.row import Action, State

BY_CODE = {
    "AUTH_REQUIRED": "credential-refused",
    "AUTH_UNAUTHORIZED": "credential-refused",
    "AUTH_TOKEN_MISSING": "token-missing",
    "AUTH_TOKEN_MISMATCH": "token-mismatch",
    "AUTH_TOKEN_NOT_CONFIGURED": "token-not-configured",
    "AUTH_PASSWORD_MISSING": "password-missing",
    "AUTH_PASSWORD_MISMATCH": "password-mismatch",
    "AUTH_PASSWORD_NOT_CONFIGURED": "password-not-configured",
    "AUTH_BOOTSTRAP_TOKEN_INVALID": "setup-code",
    "AUTH_DEVICE_TOKEN_MISMATCH": "device-token-mismatch",
    "AUTH_SCOPE_MISMATCH": "device-token-scopes",
    "AUTH_DEVICE_TOKEN_SCOPE_MISMATCH": "device-token-scopes",
    "AUTH_RATE_LIMITED": "rate-limited",
    "AUTH_TAILSCALE_IDENTITY_MISSING": "tailscale",
    "AUTH_TAILSCALE_PROXY_MISSING": "tailscale",
    "AUTH_TAILSCALE_WHOIS_FAILED": "tailscale",
    "AUTH_TAILSCALE_IDENTITY_MISMATCH": "tailscale",
    "AUTH_IDENTITY_HEADER_REQUIRED": "proxy-identity",
    "AUTH_VERIFIED_USER_REQUIRED": "proxy-identity",
    "AUTHENTICATED_PROFILE_UNAVAILABLE": "profile-unavailable",
    "OPERATOR_ACCESS_DENIED": "operator-denied",
    "CONTROL_UI_BUILD_MISMATCH": "browser-build",
    "CONTROL_UI_ORIGIN_NOT_ALLOWED": "browser-origin",
    "PROTOCOL_MISMATCH": "protocol-mismatch",
    "CONTROL_UI_DEVICE_IDENTITY_REQUIRED": "browser-identity",
    "DEVICE_IDENTITY_REQUIRED": "device-identity-required",
    "DEVICE_AUTH_INVALID": "device-proof",
    "DEVICE_AUTH_DEVICE_ID_MISMATCH": "device-proof",
    "DEVICE_AUTH_SIGNATURE_EXPIRED": "device-proof",
    "DEVICE_AUTH_NONCE_REQUIRED": "device-proof",
    "DEVICE_AUTH_NONCE_MISMATCH": "device-proof",
    "DEVICE_AUTH_SIGNATURE_INVALID": "device-proof",
    "DEVICE_AUTH_PUBLIC_KEY_INVALID": "device-proof",
    "PAIRING_REQUIRED": "not-paired",
    "PAIRING_REJECTED": "pairing-refused",
    "PAIRING_EXPIRED": "pairing-refused",
    "CLIENT_VERSION_MISMATCH": "client-version",
}

BY_WORDS = {
    "unauthorized: gateway token missing (provide gateway auth token)": "token-missing",
    "unauthorized: gateway token missing (open the dashboard URL and paste the token)": "token-missing",
    "unauthorized: gateway token mismatch (open the dashboard URL and paste the token)": "token-mismatch",
    "unauthorized: gateway token not configured on gateway (set gateway.auth.token)": "token-not-configured",
    "unauthorized: gateway password missing (provide gateway auth password)": "password-missing",
    "unauthorized: gateway password mismatch (provide gateway auth password)": "password-mismatch",
    "unauthorized: gateway password not configured on gateway (set …)": "password-not-configured",
    "unauthorized: device token mismatch (rotate/reissue device token)": "device-token-mismatch",
    "unauthorized: device token rejected (pair/repair this device, or …)": "device-token-mismatch",
    "unauthorized: device token scope mismatch (re-pair or approve scope upgrade)": "device-token-scopes",
    "unauthorized: bootstrap token invalid or expired (scan a fresh setup code)": "setup-code",
    "unauthorized: too many failed authentication attempts (retry later)": "rate-limited",
    "unauthorized: tailscale identity missing (use Tailscale Serve auth or …)": "tailscale",
    "unauthorized: tailscale proxy headers missing (use Tailscale Serve or …)": "tailscale",
    "unauthorized: proxy client attribution is required (configure gateway.trustedProxies)": "proxy-identity",
    "unauthorized": "credential-refused",
    "pairing required": "not-paired",
    "pairing required: device is not approved yet": "not-paired",
    "pairing required: device is asking for a higher role than currently approved": "role-upgrade",
    "pairing required: device is asking for more scopes than currently approved": "scope-upgrade",
    "pairing required: device identity changed and must be re-approved (requestId: a-1)": "metadata-upgrade",
    "scope-upgrade": "scope-upgrade",
    "device identity required": "device-identity-required",
    "control ui requires device identity (use HTTPS or localhost secure context)": "browser-identity",
    "control ui requires HTTPS or localhost (secure context)": "browser-identity",
    "origin not allowed (open the Control UI from the gateway host or allow it in …)": "browser-origin",
    "non-loopback Control UI requires gateway.controlUi.allowedOrigins": "browser-origin",
    "device signature invalid": "device-proof",
    "device signature expired": "device-proof",
    "device nonce required": "device-proof",
    "device nonce mismatch": "device-proof",
    "device identity mismatch": "device-proof",
    "device public key invalid": "device-proof",
    "invalid handshake": "invalid-handshake",
    "invalid handshake: first request must be connect": "invalid-handshake",
    "invalid connect params: at /client/id: must be equal to constant": "invalid-handshake",
    "invalid request frame": "invalid-handshake",
    "protocol mismatch": "protocol-mismatch",
    "client version mismatch": "client-version",
    "gateway starting; retry shortly": "starting",
    "gateway starting": "starting",
    "gateway message handler loading": "starting",
    "service restart": "restarting",
    "connect unavailable during gateway restart": "restarting",
    "Gateway did not become healthy after restart.": "restarting",
    "gateway auth changed": "auth-changed",
    "Gateway service embeds OPENCLAW_GATEWAY_TOKEN and should be reinstalled.": "token-mismatch",
    "Gateway access is no longer active; ask a Gateway administrator to restore it.": "operator-denied",
}


def refused(**said: object) -> Answer:
    return Answer(AnswerKind.REFUSED, Reached.RESPONSE, credentialed=True, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "cause"), BY_CODE.items())
def test_a_code_has_its_row(code: str, cause: str) -> None:
    assert row_for(refused(detail_code=code)).cause == cause


def test_no_code_of_the_table_goes_untested() -> None:
    assert {code for row in ROWS for code in row.codes} == set(BY_CODE)


@pytest.mark.parametrize(("words", "cause"), BY_WORDS.items())
def test_words_have_their_row_as_message_and_as_close_reason(words: str, cause: str) -> None:
    assert row_for(refused(message=words)).cause == cause
    closed = Answer(AnswerKind.CLOSED, Reached.CHALLENGE, close_code=1008, close_reason=words, credentialed=True)
    assert row_for(closed).cause == cause


@pytest.mark.parametrize("words", [each for row in ROWS for each in row.strings])
def test_no_string_of_the_table_is_shadowed_by_another_row(words: str) -> None:
    found = row_for_words(words)
    assert found is not None
    assert words in found.strings


def test_rows_do_not_share_causes_codes_or_numbers() -> None:
    for name in ("codes", "reasons", "strings", "closes", "statuses"):
        counted = Counter(each for row in ROWS for each in getattr(row, name))
        assert [each for each, times in counted.items() if times > 1] == [], name
    assert len({row.cause for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.cause)
def test_every_row_explains_and_offers_a_cure(row: object) -> None:
    assert row.explanation  # type: ignore[attr-defined]
    assert row.cure  # type: ignore[attr-defined]


@pytest.mark.parametrize("reason", ["role-upgrade", "scope-upgrade", "metadata-upgrade", "not-paired"])
def test_pairing_is_told_apart_by_its_reason(reason: str) -> None:
    assert row_for(refused(detail_code="PAIRING_REQUIRED", detail_reason=reason)).cause == reason


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (refused(error_code="UNAVAILABLE", detail_reason="startup-sidecars"), "starting"),
        (refused(error_code="UNAVAILABLE", detail_reason="gateway-restarting"), "restarting"),
        (refused(error_code="UNAVAILABLE", message="The server is busy.", retryable=True), "starting"),
        (refused(error_code="UNAVAILABLE", message="something else", retryable=False), "unknown"),
        (refused(message="new words", close_code=1013), "starting"),
        (refused(message="new words", close_code=1008), "unknown"),
    ],
)
def test_unavailable_is_not_a_refusal(answer: Answer, cause: str) -> None:
    assert row_for(answer).cause == cause


@pytest.mark.parametrize(
    "answer",
    [
        refused(detail_code="AUTH_TOKEN_EXPIRED", message="unauthorized: gateway token mismatch"),
        refused(message="unauthorized: quantum entanglement missing"),
        refused(message="unauthorizedly"),
        refused(message="pairing requiredness"),
        refused(),
        Answer(AnswerKind.CLOSED, close_code=1008, close_reason="policy"),
        Answer(AnswerKind.CLOSED, close_code=4999),
    ],
)
def test_what_nobody_knows_is_unknown_and_never_a_guess(answer: Answer) -> None:
    row = row_for(answer)
    assert (row.state, row.action) == (State.UNKNOWN, Action.ASK)


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (None, "hangs-up"),
        (1000, "hangs-up"),
        (1006, "hangs-up"),
        (1011, "hangs-up"),
        (1001, "restarting"),
        (1012, "restarting"),
        (1013, "starting"),
        (1002, "protocol-mismatch"),
    ],
)
def test_a_close_without_words_is_read_by_its_number(code: int | None, cause: str) -> None:
    assert row_for(Answer(AnswerKind.CLOSED, Reached.CHALLENGE, close_code=code)).cause == cause


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (None, "not-a-gateway"),
        (200, "not-a-gateway"),
        (301, "not-a-gateway"),
        (404, "not-a-gateway"),
        (426, "not-a-gateway"),
        (401, "credential-refused"),
        (403, "proxy-identity"),
        (429, "rate-limited"),
        (502, "starting"),
        (503, "starting"),
    ],
)
def test_http_instead_of_a_websocket_is_read_by_its_status(status: int | None, cause: str) -> None:
    assert row_for(Answer(AnswerKind.NOT_WEBSOCKET, Reached.TCP, http_status=status)).cause == cause


@pytest.mark.parametrize(
    ("answer", "cause", "state"),
    [
        (Answer(AnswerKind.HELLO), "ready", State.READY),
        (Answer(AnswerKind.UNREACHABLE), "nobody-listens", State.SILENT),
        (Answer(AnswerKind.TIMED_OUT), "nobody-listens", State.SILENT),
        (Answer(AnswerKind.TIMED_OUT, Reached.TCP), "mute", State.SILENT),
        (Answer(AnswerKind.TIMED_OUT, Reached.CHALLENGE), "mute", State.SILENT),
        (Answer(AnswerKind.UNTRUSTED, Reached.TCP), "certificate", State.UNKNOWN),
        (Answer(AnswerKind.WITHHELD), "attempts-spent", State.UNKNOWN),
    ],
)
def test_the_other_kinds(answer: Answer, cause: str, state: State) -> None:
    row = row_for(answer)
    assert (row.cause, row.state) == (cause, state)


@pytest.mark.parametrize(
    ("code", "cause"), [(1012, "restarting"), (1001, "restarting"), (1000, "ready"), (None, "ready")]
)
def test_a_hello_with_a_goodbye_behind_it_is_a_gateway_on_its_way_down(code: int | None, cause: str) -> None:
    """2026.2.12 says hello to the last, and “service restart” while `health` is still open."""
    assert row_for(Answer(AnswerKind.HELLO, Reached.RESPONSE, close_code=code)).cause == cause


def test_asked_without_a_credential_a_wanted_device_means_a_missing_credential() -> None:
    said = {"error_code": "NOT_PAIRED", "message": "device identity required"}
    without = Answer(AnswerKind.REFUSED, Reached.RESPONSE, credentialed=False, **said)  # type: ignore[arg-type]
    assert row_for(without).cause == "no-credential"
    assert row_for(refused(**said)).cause == "device-identity-required"


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Unauthorized: gateway token missing (abc)", "Unauthorized: gateway token missing"),
        ("AUTH_TOKEN_MISSING", "AUTH_TOKEN_MISSING"),
        ("INVALID_REQUEST", "INVALID_REQUEST"),
        ("2026.7.1-2", "2026.7.1-2"),
        ("2026.7.1-2; hunter2", ""),
        ("AUTH_TOKEN_MISSING hunter2", ""),
        ("hunter2", ""),
        ("unauthorized: hunter2", ""),
    ],
)
def test_known_words_are_the_known_beginning_alone(text: str, known: str) -> None:
    assert known_words(text) == known
