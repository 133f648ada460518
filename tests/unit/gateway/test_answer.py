"""An answer shows what it holds, and only that."""

from __future__ import annotations

import json

import pytest

from clawupgrade.gateway.answer import Answer, AnswerKind, Reached, further


def test_empty_fields_are_left_out() -> None:
    assert Answer(AnswerKind.UNREACHABLE).to_json() == {
        "kind": "unreachable",
        "reached": "nothing",
        "credentialed": False,
    }


def test_it_is_plain_json() -> None:
    answer = Answer(AnswerKind.HELLO, Reached.RESPONSE, "2026.9.6", 4, methods=("health",), health={"ok": True})
    shown = answer.to_json()
    assert json.loads(json.dumps(shown)) == shown
    assert type(shown["kind"]) is str
    assert shown["methods"] == ["health"]


def test_a_zero_and_a_no_are_said() -> None:
    shown = Answer(AnswerKind.REFUSED, retry_after_ms=0, retryable=False).to_json()
    assert shown["retry_after_ms"] == 0
    assert shown["retryable"] is False


@pytest.mark.parametrize("one", list(Reached))
@pytest.mark.parametrize("other", list(Reached))
def test_further_is_the_later_stage_from_either_side(one: Reached, other: Reached) -> None:
    assert further(one, other) is further(other, one)
    assert further(Reached.NOTHING, one) is one
