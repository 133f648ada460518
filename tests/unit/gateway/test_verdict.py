"""The judgement, row by row and against every baseline: what condemns an upgrade and what must not."""

from __future__ import annotations

import json

import pytest

from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.gateway.codes import ROWS
from clawupgrade.gateway.row import Action, Row, State
from clawupgrade.gateway.verdict import Baseline, Judgement, Was, baseline_of, is_failed_attempt, judge

READY = Baseline(Was.READY)
DOWN = Baseline(Was.DOWN)
UNKNOWN = Baseline(Was.UNKNOWN)

HELLO = Answer(AnswerKind.HELLO, Reached.RESPONSE)
HUNG_UP = Answer(AnswerKind.CLOSED, Reached.CHALLENGE)
SILENT = Answer(AnswerKind.UNREACHABLE)
STRANGE = Answer(AnswerKind.REFUSED, Reached.RESPONSE, detail_code="NEW_CODE", credentialed=True)


def saying(row: Row) -> Answer:
    """An answer that belongs to the row, said in whatever way the row knows."""
    if row.codes:
        reason = row.reasons[0] if row.reasons else ""
        return Answer(AnswerKind.REFUSED, detail_code=row.codes[0], detail_reason=reason, credentialed=True)
    return Answer(AnswerKind.CLOSED, close_code=1008, close_reason=row.strings[0], credentialed=True)


MEND = [row for row in ROWS if row.action is Action.MEND]
PERSON = [row for row in ROWS if row.action in (Action.PERSON, Action.OURS)]
WAIT = [row for row in ROWS if row.action is Action.WAIT]
SECRET_BEFORE = baseline_of(saying(MEND[0]))
PAIRING_BEFORE = baseline_of(saying(PERSON[0]))

named = pytest.mark.parametrize


def test_every_row_asks_for_one_of_three_things() -> None:
    assert len(MEND) + len(PERSON) + len(WAIT) == len(ROWS)


@named("baseline", [READY, DOWN, UNKNOWN, SECRET_BEFORE])
def test_hello_is_accepted_however_it_was(baseline: Baseline) -> None:
    verdict = judge(HELLO, baseline)
    assert (verdict.state, verdict.condemns) == (State.READY, Judgement.ACCEPT)


@named("row", MEND, ids=lambda row: row.cause)
@named(
    ("baseline", "judgement"),
    [
        (READY, Judgement.REPAIR_THEN_ROLL_BACK),
        (SECRET_BEFORE, Judgement.REPORT_ONLY),
        (PAIRING_BEFORE, Judgement.NEEDS_PERSON),
        (DOWN, Judgement.NEEDS_PERSON),
        (UNKNOWN, Judgement.NEEDS_PERSON),
    ],
)
def test_a_secret_that_is_refused_condemns_only_where_we_were_let_in_before(
    row: Row, baseline: Baseline, judgement: Judgement
) -> None:
    verdict = judge(saying(row), baseline)
    assert (verdict.state, verdict.condemns) == (State.GUARDED, judgement)
    assert verdict.mendable


@named("row", PERSON, ids=lambda row: row.cause)
@named("baseline", [READY, DOWN, UNKNOWN, SECRET_BEFORE])
def test_access_drift_needs_a_person_and_never_a_rollback(row: Row, baseline: Baseline) -> None:
    verdict = judge(saying(row), baseline)
    assert (verdict.state, verdict.condemns) == (State.GUARDED, Judgement.NEEDS_PERSON)
    assert not verdict.mendable


@named("row", MEND + PERSON, ids=lambda row: row.cause)
def test_the_same_refusal_as_before_is_reported_and_not_blamed(row: Row) -> None:
    answer = saying(row)
    verdict = judge(answer, baseline_of(answer))
    assert verdict.condemns is Judgement.REPORT_ONLY
    assert "before the run" in verdict.explanation


@named("row", WAIT, ids=lambda row: row.cause)
@named("baseline", [READY, DOWN, UNKNOWN, SECRET_BEFORE])
def test_what_asks_for_time_gets_time(row: Row, baseline: Baseline) -> None:
    assert judge(saying(row), baseline).condemns is Judgement.WAIT


@named(
    ("baseline", "judgement"),
    [
        (READY, Judgement.ROLL_BACK),
        (SECRET_BEFORE, Judgement.ROLL_BACK),
        (UNKNOWN, Judgement.ROLL_BACK),
        (DOWN, Judgement.REPORT_ONLY),
    ],
)
@named(
    "broken",
    [
        HUNG_UP,
        Answer(AnswerKind.NOT_WEBSOCKET, Reached.TCP, http_status=404),
        Answer(AnswerKind.NOT_WEBSOCKET, Reached.WEBSOCKET),
    ],
)
def test_nonsense_condemns_by_itself_unless_it_was_down_before(
    broken: Answer, baseline: Baseline, judgement: Judgement
) -> None:
    verdict = judge(broken, baseline)
    assert (verdict.state, verdict.condemns) == (State.BROKEN, judgement)


@named("baseline", [READY, DOWN, UNKNOWN, SECRET_BEFORE])
def test_silence_is_waited_for(baseline: Baseline) -> None:
    assert judge(SILENT, baseline).condemns is Judgement.WAIT


STARTING = Answer(AnswerKind.REFUSED, detail_reason="startup-sidecars", credentialed=True)
SHUT = Answer(AnswerKind.REFUSED, detail_code="AUTH_RATE_LIMITED", credentialed=True)


@named(
    ("answer", "baseline", "judgement"),
    [
        (SILENT, READY, Judgement.ROLL_BACK),
        (SILENT, SECRET_BEFORE, Judgement.ROLL_BACK),
        (SILENT, UNKNOWN, Judgement.ROLL_BACK),
        (SILENT, DOWN, Judgement.REPORT_ONLY),
        (STARTING, READY, Judgement.ROLL_BACK),
        (STARTING, UNKNOWN, Judgement.NEEDS_PERSON),
        (STARTING, DOWN, Judgement.REPORT_ONLY),
        (SHUT, READY, Judgement.NEEDS_PERSON),
        (SHUT, UNKNOWN, Judgement.NEEDS_PERSON),
    ],
)
def test_when_patience_is_over(answer: Answer, baseline: Baseline, judgement: Judgement) -> None:
    assert judge(answer, baseline, patience_over=True).condemns is judgement


@named("baseline", [READY, DOWN, UNKNOWN, SECRET_BEFORE])
@named("patience_over", [False, True])
def test_unknown_words_never_roll_back(baseline: Baseline, patience_over: bool) -> None:
    verdict = judge(STRANGE, baseline, patience_over=patience_over)
    assert (verdict.state, verdict.cause) == (State.UNKNOWN, "unknown")
    assert verdict.condemns is Judgement.NEEDS_PERSON
    assert "NEW_CODE" in verdict.explanation


def test_unknown_words_that_were_there_before_are_reported() -> None:
    assert judge(STRANGE, baseline_of(STRANGE)).condemns is Judgement.REPORT_ONLY
    other = Answer(AnswerKind.REFUSED, detail_code="OTHER_NEW_CODE", credentialed=True)
    assert judge(other, baseline_of(STRANGE)).condemns is Judgement.NEEDS_PERSON


@named(
    ("answer", "was"),
    [
        (HELLO, Was.READY),
        (saying(MEND[0]), Was.REFUSED),
        (saying(PERSON[0]), Was.REFUSED),
        (HUNG_UP, Was.DOWN),
        (SILENT, Was.DOWN),
        (STARTING, Was.UNKNOWN),
        (SHUT, Was.UNKNOWN),
        (STRANGE, Was.UNKNOWN),
    ],
)
def test_a_baseline_claims_no_more_than_was_seen(answer: Answer, was: Was) -> None:
    assert baseline_of(answer).was is was


def test_the_request_to_approve_is_in_the_cure() -> None:
    answer = Answer(AnswerKind.REFUSED, detail_code="PAIRING_REQUIRED", request_id="req-42", credentialed=True)
    assert "openclaw devices approve req-42" in judge(answer, READY).cure


def test_a_verdict_is_plain_json() -> None:
    shown = judge(HUNG_UP, READY).to_json()
    assert json.loads(json.dumps(shown)) == shown
    assert (shown["state"], shown["judgement"]) == ("broken", "roll-back")


@named(
    ("answer", "counts"),
    [
        *((saying(row), True) for row in MEND),
        (SHUT, True),
        *((saying(row), False) for row in PERSON),
        (HELLO, False),
        (STARTING, False),
        (HUNG_UP, False),
        (SILENT, False),
        (STRANGE, False),
    ],
)
def test_only_refused_secrets_count_as_attempts(answer: Answer, counts: bool) -> None:
    assert is_failed_attempt(answer) is counts
