"""Finds the row of the table that an answer belongs to: by its code, else by its words, else by its kind."""

from __future__ import annotations

import re
from typing import assert_never

from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.gateway.codes import ROWS
from clawupgrade.gateway.row import Action, Row, State

READY = Row("ready", State.READY, Action.ACCEPT, "the gateway serves", "")
UNKNOWN = Row(
    "unknown",
    State.UNKNOWN,
    Action.ASK,
    "the gateway answers with words that no known release uses",
    "look at the gateway's log; nothing was decided on these words",
)
NO_CREDENTIAL = Row(
    "no-credential",
    State.GUARDED,
    Action.MEND,
    "the gateway wants a credential and none was found to ask with",
    "set `gateway.auth.token`, or `openclaw doctor --generate-gateway-token`, then restart",
)
HANGS_UP = Row(
    "hangs-up",
    State.BROKEN,
    Action.CONDEMN,
    "something takes the connection and hangs up without an answer",
    "read the gateway's log; or it speaks TLS (`gateway.tls`) and was asked without",
)
NOT_A_GATEWAY = Row(
    "not-a-gateway",
    State.BROKEN,
    Action.CONDEMN,
    "what listens there does not speak the gateway protocol",
    "see which process owns the port; if it is not the gateway, stop it or give the gateway another port",
)
MUTE = Row(
    "mute",
    State.SILENT,
    Action.WAIT,
    "something takes the connection and says nothing",
    "wait while its process lives and its log moves",
)
NOBODY = Row(
    "nobody-listens",
    State.SILENT,
    Action.WAIT,
    "nobody listens there",
    "wait while its process lives and its log moves; else start the gateway's service",
)
UNTRUSTED = Row(
    "certificate",
    State.UNKNOWN,
    Action.PERSON,
    "the certificate is not the one that is known for this gateway, so nothing was asked",
    "compare the certificate of `gateway.tls` with the one that is served",
)
WITHHELD = Row(
    "attempts-spent",
    State.UNKNOWN,
    Action.PERSON,
    "not asked again: this run's attempts have all been refused, and more would lock everybody out",
    "mend the secret first; `clawupgrade diagnose` says where it differs",
)

_WORDS = tuple(sorted(((words, row) for row in ROWS for words in row.strings), key=lambda pair: -len(pair[0])))
_CODES = {code: row for row in ROWS for code in row.codes}
_REASONS = {reason: row for row in ROWS for reason in row.reasons}
_CLOSES = {code: row for row in ROWS for code in row.closes}
_STATUSES = {status: row for row in ROWS for status in row.statuses}
_ERROR_CODES = ("INVALID_REQUEST", "NOT_PAIRED", "UNAVAILABLE")
_VERSION = re.compile(r"20\d\d\.\d{1,2}\.\d{1,3}(-[a-z0-9.]{1,12})?|dev")
_PAIRING = "PAIRING_REQUIRED"
_LEAVING = (1012, 1001)
_HANGING_UP = (None, 1000, 1005, 1006, 1011)
# A bare “unauthorized” says less than “unauthorized: …” with a reason that we do not know.
_WHOLE_ONLY = "unauthorized"


def row_for(answer: Answer) -> Row:
    """The row that an answer belongs to; `UNKNOWN` when nothing known fits."""
    match answer.kind:
        case AnswerKind.HELLO if answer.close_code in _LEAVING:
            return _CLOSES[_LEAVING[0]]
        case AnswerKind.HELLO:
            return READY
        case AnswerKind.REFUSED:
            return _without_credential(answer, _refusal(answer))
        case AnswerKind.CLOSED:
            return _without_credential(answer, _closing(answer))
        case AnswerKind.NOT_WEBSOCKET:
            return _STATUSES.get(answer.http_status or 0, NOT_A_GATEWAY)
        case AnswerKind.TIMED_OUT:
            return NOBODY if answer.reached is Reached.NOTHING else MUTE
        case AnswerKind.UNREACHABLE:
            return NOBODY
        case AnswerKind.UNTRUSTED:
            return UNTRUSTED
        case AnswerKind.WITHHELD:
            return WITHHELD
        case _:
            assert_never(answer.kind)


def row_for_words(text: str) -> Row | None:
    """The row whose string a text begins with, the longest one first; None for unknown words."""
    plain = text.strip().lower()
    for words, row in _WORDS:
        if _begins(plain, words):
            return row
    return None


def known_words(text: str) -> str:
    """The beginning of a text that gateways are known to say (all of it where it is a code), or ""."""
    if text in _CODES or text in _REASONS or text in _ERROR_CODES or _VERSION.fullmatch(text):
        return text
    plain = text.lower()
    for words, _ in _WORDS:
        if _begins(plain, words):
            return text[: len(words)]
    return ""


def _begins(plain: str, words: str) -> bool:
    if words == _WHOLE_ONLY:
        return plain == words
    rest = plain[len(words) : len(words) + 1]
    return plain.startswith(words) and not rest.isalnum()


def _refusal(answer: Answer) -> Row:
    if answer.detail_code:
        return _by_code(answer)
    if answer.detail_reason in _REASONS:
        return _REASONS[answer.detail_reason]
    by_words = row_for_words(answer.message) or row_for_words(answer.close_reason)
    if by_words is not None:
        return by_words
    if answer.error_code == "UNAVAILABLE" and answer.retryable:
        return _CLOSES[1013]
    return _CLOSES.get(answer.close_code or 0, UNKNOWN)


def _by_code(answer: Answer) -> Row:
    if answer.detail_code == _PAIRING and answer.detail_reason in _REASONS:
        return _REASONS[answer.detail_reason]
    return _CODES.get(answer.detail_code, UNKNOWN)


def _closing(answer: Answer) -> Row:
    by_words = row_for_words(answer.close_reason)
    if by_words is not None:
        return by_words
    if answer.close_code in _CLOSES:
        return _CLOSES[answer.close_code]
    return HANGS_UP if answer.close_code in _HANGING_UP else UNKNOWN


def _without_credential(answer: Answer, row: Row) -> Row:
    """Without a token a gateway says “device identity required”, as every release since 2026.2.12 does."""
    wants_device = row.cause == "device-identity-required"
    return NO_CREDENTIAL if wants_device and not answer.credentialed else row
