"""The policy as a table, and over every record sequence that a run, its crashes and recoveries can write."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clawupgrade.engine import journal as kinds
from clawupgrade.engine.decide import Close, Closed, Do, Next, Stuck, Undo, decide
from clawupgrade.engine.journal import Record
from clawupgrade.errors import JournalDamaged
from clawupgrade.model import Outcome


@dataclass(frozen=True, slots=True)
class Named:
    """A step of which only the name and the kind count here."""

    name: str
    live: bool = True

    do = prove = undo = None


STAGE, QUIESCE, SWITCH = Named("stage", live=False), Named("quiesce"), Named("switch")
STEPS = (STAGE, QUIESCE, SWITCH)
FORWARD = "opened began:stage done:stage began:quiesce done:quiesce began:switch"
DONE = f"{FORWARD} done:switch"


def records(text: str) -> tuple[Record, ...]:
    """`began:stage done:stage failed:switch` and so on, as records."""
    names = {
        "opened": kinds.RUN_OPENED,
        "began": kinds.STEP_BEGAN,
        "done": kinds.STEP_DONE,
        "failed": kinds.STEP_FAILED,
        "cancelled": kinds.RUN_CANCELLED,
        "interrupted": kinds.RUN_INTERRUPTED,
        "undoing": kinds.UNDO_BEGAN,
        "undone": kinds.UNDO_DONE,
        "stuck": kinds.UNDO_FAILED,
        "retried": kinds.RUN_RETRIED,
        "closed": kinds.RUN_CLOSED,
    }
    found = []
    for number, word in enumerate(text.split()):
        name, _, step = word.partition(":")
        data = {"outcome": step} if name == "closed" else {"error": "no"} if name == "stuck" else {}
        found.append(Record(number, "", names[name], "" if name == "closed" else step, data))
    return tuple(found)


@pytest.mark.parametrize(
    ("text", "turn"),
    [
        ("opened", Do(STAGE)),
        ("opened began:stage", Do(STAGE)),
        ("opened began:stage done:stage", Do(QUIESCE)),
        (FORWARD, Do(SWITCH)),
        (DONE, Close(Outcome.UPGRADED)),
        (f"{DONE} interrupted", Close(Outcome.UPGRADED)),
        (f"{DONE} cancelled", Close(Outcome.UPGRADED)),
        (f"{DONE} closed:upgraded", Closed(Outcome.UPGRADED)),
        ("opened interrupted", Close(Outcome.FAILED_CLEAN)),
        ("opened cancelled", Close(Outcome.FAILED_CLEAN)),
        ("opened began:stage interrupted", Undo(STAGE)),
        ("opened began:stage failed:stage", Undo(STAGE)),
        ("opened began:stage failed:stage undoing:stage", Undo(STAGE)),
        ("opened began:stage failed:stage undoing:stage undone:stage", Close(Outcome.FAILED_CLEAN)),
        (f"{FORWARD} failed:switch", Undo(SWITCH)),
        (f"{FORWARD} interrupted", Undo(SWITCH)),
        (f"{FORWARD} cancelled", Undo(SWITCH)),
        (f"{FORWARD} failed:switch undone:switch", Undo(QUIESCE)),
        (f"{FORWARD} failed:switch undone:switch interrupted", Undo(QUIESCE)),
        (f"{FORWARD} failed:switch undone:switch undone:quiesce", Undo(STAGE)),
        (f"{FORWARD} interrupted undone:switch undone:quiesce undone:stage", Close(Outcome.ROLLED_BACK)),
        (f"{FORWARD} failed:switch stuck:switch", Stuck("switch", "no")),
        (f"{FORWARD} failed:switch stuck:switch interrupted", Stuck("switch", "no")),
        (f"{FORWARD} failed:switch stuck:switch retried", Undo(SWITCH)),
        (f"{FORWARD} failed:switch stuck:switch retried undone:switch", Undo(QUIESCE)),
        # A run that turned back stays turned back, even if its last step's “done” is on the disk.
        (f"{FORWARD} interrupted done:switch", Undo(SWITCH)),
    ],
)
def test_table(text: str, turn: Next) -> None:
    assert decide(STEPS, records(text)) == turn


def test_a_step_that_needs_a_person_makes_the_outcome() -> None:
    done = Record(6, "", kinds.STEP_DONE, "switch", {"needs_person": True})
    assert decide(STEPS, (*records(FORWARD), done)) == Close(Outcome.NEEDS_PERSON)


@pytest.mark.parametrize("text", ["", "began:stage", "opened began:lunch"])
def test_records_of_another_run_are_damage(text: str) -> None:
    with pytest.raises(JournalDamaged):
        decide(STEPS, records(text))


@settings(deadline=None)  # a busy machine is no fault
@given(st.lists(st.sampled_from(["ok", "fails", "crash", "signal"]), max_size=40))
def test_every_history_has_an_answer_and_ends(fates: list[str]) -> None:
    """Drives the policy through any history of failures, crashes and signals.

    Every prefix of the records has an answer; once committed it never says Undo; once turned back it
    never says Do; steps are undone in reverse order, each once; and the run closes.
    """
    written: list[str] = ["opened"]
    coming = iter(fates)
    undone: list[str] = []
    while True:
        turn = decide(STEPS, records(" ".join(written)))
        _check(turn, written)
        match turn:
            case Do(step):
                fate = next(coming, "ok")
                if fate == "signal":
                    written.append("cancelled")
                    continue
                written.append(f"began:{step.name}")
                written.append({"ok": "done", "fails": "failed"}.get(fate, "interrupted") + ":" + step.name)
                if fate == "crash":
                    written[-1] = "interrupted"
            case Undo(step):
                fate = next(coming, "ok")
                written.append(f"undoing:{step.name}")
                if fate == "crash":
                    written.append("interrupted")
                elif fate == "fails":
                    written.append(f"stuck:{step.name}")
                else:
                    undone.append(step.name)
                    written.append(f"undone:{step.name}")
            case Stuck(step):
                written.append("retried")
            case Close(outcome):
                if next(coming, "ok") == "crash":
                    written.append("interrupted")
                else:
                    written.append(f"closed:{outcome.value}")
            case Closed(outcome):
                break
    begun = [word.partition(":")[2] for word in written if word.startswith("began:")]
    assert undone == ([] if outcome is Outcome.UPGRADED else list(reversed(begun)))


def _check(turn: Next, written: list[str]) -> None:
    turns_back = [n for n, word in enumerate(written) if word.startswith(("failed", "interrupted", "cancelled"))]
    committed = [n for n, word in enumerate(written) if word == "done:switch"]
    if committed and (not turns_back or committed[0] < turns_back[0]):
        assert isinstance(turn, Close | Closed)
    elif turns_back:
        assert not isinstance(turn, Do)
        assert not isinstance(turn, Close | Closed) or turn.outcome is not Outcome.UPGRADED
