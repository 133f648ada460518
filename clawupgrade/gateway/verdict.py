"""Judges an answer against how the gateway was before: what condemns an upgrade, and what does not."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, assert_never

from msgspec import Struct

from clawupgrade.gateway.answer import Answer
from clawupgrade.gateway.reading import row_for
from clawupgrade.gateway.row import Action, Row, State


class Was(StrEnum):
    """How the gateway was before the run."""

    READY = "ready"
    REFUSED = "refused"
    DOWN = "down"
    UNKNOWN = "unknown"


class Judgement(StrEnum):
    """What is to be done about it."""

    ACCEPT = "accept"
    WAIT = "wait"
    REPAIR_THEN_ROLL_BACK = "repair-then-roll-back"
    NEEDS_PERSON = "needs-person"
    ROLL_BACK = "roll-back"
    REPORT_ONLY = "report-only"


class Baseline(Struct, frozen=True):
    """How the gateway was before the run: the row's cause and action if it refused, and its very words."""

    was: Was
    cause: str = ""
    action: Action | None = None
    words: str = ""


class Verdict(Struct, frozen=True):
    """The judgement with its reasons. `mendable`: whether the repair ladder has anything to offer."""

    state: State
    cause: str
    condemns: Judgement
    explanation: str
    cure: str
    mendable: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "state": self.state.value,
            "cause": self.cause,
            "judgement": self.condemns.value,
            "explanation": self.explanation,
            "cure": self.cure,
            "mendable": self.mendable,
        }


def baseline_of(answer: Answer) -> Baseline:
    """The baseline that an answer from before the run makes.

    A shut door (rate limit), a start under way and unknown words say nothing of what is behind them.
    """
    row = row_for(answer)
    match row.state:
        case State.READY:
            was = Was.READY
        case State.GUARDED:
            was = Was.UNKNOWN if row.action is Action.WAIT else Was.REFUSED
        case State.BROKEN | State.SILENT:
            was = Was.DOWN
        case State.STARTING | State.UNKNOWN:
            was = Was.UNKNOWN
        case _:
            assert_never(row.state)
    return Baseline(was, row.cause, row.action, _words(answer))


def judge(answer: Answer, baseline: Baseline, *, patience_over: bool = False) -> Verdict:
    """What an answer means for the upgrade.

    patience_over: `Patience` gave up waiting; until then what may still come is waited for.
    """
    row = row_for(answer)
    given_up = patience_over and row.action is Action.WAIT
    judgement = _judge_given_up(row, baseline) if given_up else _judge(row, answer, baseline)
    return Verdict(
        state=row.state,
        cause=row.cause,
        condemns=judgement,
        explanation=_explain(row, answer, baseline, judgement),
        cure=cure_for(row, answer),
        mendable=row.action is Action.MEND,
    )


def _judge(row: Row, answer: Answer, baseline: Baseline) -> Judgement:
    match row.action:
        case Action.ACCEPT:
            return Judgement.ACCEPT
        case Action.WAIT:
            return Judgement.WAIT
        case Action.MEND:
            return _judge_secret(baseline)
        case Action.PERSON | Action.OURS:
            return Judgement.REPORT_ONLY if baseline.cause == row.cause else Judgement.NEEDS_PERSON
        case Action.ASK:
            same = baseline.cause == row.cause and baseline.words == _words(answer)
            return Judgement.REPORT_ONLY if same else Judgement.NEEDS_PERSON
        case Action.CONDEMN:
            return Judgement.REPORT_ONLY if baseline.was is Was.DOWN else Judgement.ROLL_BACK
        case _:
            assert_never(row.action)


def _judge_secret(baseline: Baseline) -> Judgement:
    """Only a gateway that let us in before can be said to have been shut by the upgrade.

    Releases word the same refusal differently (2026.2 “device identity required”, later “token missing”),
    so any refusal over a secret counts as the same.
    """
    match baseline.was:
        case Was.READY:
            return Judgement.REPAIR_THEN_ROLL_BACK
        case Was.REFUSED if baseline.action is Action.MEND:
            return Judgement.REPORT_ONLY
        case Was.REFUSED | Was.DOWN | Was.UNKNOWN:
            return Judgement.NEEDS_PERSON
        case _:
            assert_never(baseline.was)


def _judge_given_up(row: Row, baseline: Baseline) -> Judgement:
    """Nothing came in all the time there was. A living gateway that only refuses is left to a person."""
    if row.state is State.GUARDED:
        return Judgement.NEEDS_PERSON
    match baseline.was:
        case Was.READY | Was.REFUSED:
            return Judgement.ROLL_BACK
        case Was.DOWN:
            return Judgement.REPORT_ONLY
        case Was.UNKNOWN:
            return Judgement.NEEDS_PERSON if row.state is State.STARTING else Judgement.ROLL_BACK
        case _:
            assert_never(baseline.was)


def _explain(row: Row, answer: Answer, baseline: Baseline, judgement: Judgement) -> str:
    words = answer.message or answer.close_reason
    quoted = f" (“{words}”)" if words else ""
    code = f" [{answer.detail_code}]" if answer.detail_code else ""
    before = "; it was so before the run" if judgement is Judgement.REPORT_ONLY else ""
    masked = baseline.was in (Was.DOWN, Was.UNKNOWN) and judgement is Judgement.NEEDS_PERSON
    unsure = "; whether it was so before the run is not known" if masked else ""
    return f"{row.explanation}{code}{quoted}{before}{unsure}"


def cure_for(row: Row, answer: Answer) -> str:
    """What a person does about it, with the request that the gateway named."""
    return row.cure.replace("REQUEST", answer.request_id) if answer.request_id else row.cure


def _words(answer: Answer) -> str:
    """What was said, without the hints and ids in brackets that differ from time to time."""
    said = answer.detail_code or answer.error_code + " " + (answer.message or answer.close_reason)
    return said.partition("(")[0].strip()


def is_failed_attempt(answer: Answer) -> bool:
    """Whether a gateway counts this as a failed log-in of ours."""
    row = row_for(answer)
    return row.action is Action.MEND or row.cause == "rate-limited"
