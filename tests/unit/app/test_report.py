"""A report from nothing but a journal: outcome, exit code, reason, time away and each step."""

from __future__ import annotations

import pytest

from clawupgrade.app.report import report_of
from clawupgrade.engine.journal import Record
from clawupgrade.errors import Exit
from clawupgrade.model import Outcome, plan_to_json
from clawupgrade.testing.machine import born
from clawupgrade.testing.plans import plan_for
from clawupgrade.testing.releases import Release

PLAN = plan_for(born([Release("2026.6.11"), Release("2026.9.6")]), Release("2026.9.6"))


def journal(*lines: str, **data: dict[str, object]) -> tuple[Record, ...]:
    """`SECOND kind step` each; `data` by the kind's last word and the step, as `done_quiesce`."""
    records = [Record(0, "2026-09-01T00:00:00+00:00", "run.opened", "", plan_to_json(PLAN))]
    for line in lines:
        second, kind, step = (*line.split(), "")[:3]
        extra = data.get(f"{kind.rpartition('.')[2]}_{step}" if step else kind.rpartition(".")[2], {})
        at = f"2026-09-01T00:{int(second) // 60:02}:{int(second) % 60:02}+00:00"
        records.append(Record(len(records), at, kind, step, extra))
    return tuple(records)


UP = ("1 step.began quiesce", "3 step.done quiesce", "3 step.began handshake", "14 step.done handshake")
FAILED = {"error": "no room", "hint": "make some"}


def test_an_upgrade() -> None:
    served = {"served_at": "2026-09-01T00:00:13+00:00", "seconds": 11.0}
    report = report_of(journal(*UP, "15 run.closed", done_handshake=served, closed={"outcome": "upgraded"}))
    assert (report.outcome, report.exit_code, report.changed) == (Outcome.UPGRADED, Exit.OK, True)
    assert (report.away, report.seconds) == (12.0, 15.0)
    assert report.message == "2026.6.11 → 2026.9.6, and the gateway serves"
    assert [(step.name, step.state, step.seconds) for step in report.steps] == [
        ("quiesce", "done", 0.0),
        ("handshake", "done", 11.0),
    ]


@pytest.mark.parametrize(
    ("outcome", "exit_code", "says"),
    [
        ("needs-person", Exit.NEEDS_PERSON, "a person is needed"),
        ("rolled-back", Exit.ROLLED_BACK, "rolled back to 2026.6.11: no room"),
        ("failed-clean", Exit.FAILED_CLEAN, "nothing was touched, 2026.6.11 serves on: no room"),
    ],
)
def test_every_other_end(outcome: str, exit_code: Exit, says: str) -> None:
    records = journal(
        *UP[:1], "2 step.failed quiesce", "9 run.closed", failed_quiesce=FAILED, closed={"outcome": outcome}
    )
    report = report_of(records)
    assert (report.outcome.value, report.exit_code) == (outcome, exit_code)
    assert says in report.message
    assert report.away is None, "nobody has seen it serve since"


def test_what_a_person_has_to_do_stands_in_the_sentence_and_its_hint() -> None:
    said = {"explanation": "this device is not approved", "cure": "openclaw devices approve 7"}
    asked = {"served_at": "2026-09-01T00:00:13+00:00", "needs_person": True, "gateway": said}
    report = report_of(journal(*UP, "15 run.closed", done_handshake=asked, closed={"outcome": "needs-person"}))
    assert report.message.endswith("the gateway is up, but a person is needed: this device is not approved")
    assert report.hint == "openclaw devices approve 7"


def test_an_open_journal_is_broken_until_it_is_closed() -> None:
    report = report_of(journal(*UP))
    assert (report.outcome, report.exit_code, report.changed) == (Outcome.BROKEN, Exit.BROKEN, False)


def test_the_reason_is_what_went_wrong_on_the_way_there_unless_the_way_back_failed() -> None:
    lines = (*UP[:1], "2 step.failed quiesce", "3 undo.failed quiesce")
    data = {"failed_quiesce": FAILED}
    stuck = report_of(
        (
            *journal(*lines[:2], **data),
            Record(3, "2026-09-01T00:00:03+00:00", "undo.failed", "quiesce", {"error": "bad disk"}),
        )
    )
    assert stuck.message == "neither 2026.9.6 nor 2026.6.11 is proven: bad disk"
    closed = Record(4, "2026-09-01T00:00:09+00:00", "run.closed", "", {"outcome": "rolled-back"})
    failed = Record(3, "2026-09-01T00:00:03+00:00", "undo.failed", "quiesce", {"error": "bad disk"})
    later = report_of((*journal(*lines[:2], **data), failed, closed))
    assert (later.message, later.hint) == ("rolled back to 2026.6.11: no room", "make some")


@pytest.mark.parametrize(("signal", "exit_code"), [(2, 130), (15, 143)])
def test_a_signal_that_turned_the_run_back_is_its_exit_code(signal: int, exit_code: int) -> None:
    records = journal(
        *UP[:2], "3 run.cancelled", "9 run.closed", cancelled={"signal": signal}, closed={"outcome": "rolled-back"}
    )
    assert report_of(records).exit_code == exit_code
    assert "a signal asked to stop" in report_of(records).message


def test_a_step_that_was_done_and_undone_adds_up() -> None:
    report = report_of(journal(*UP[:2], "5 undo.began quiesce", "9 undo.done quiesce", done_quiesce={"seconds": 2.0}))
    assert [(step.name, step.state, step.seconds) for step in report.steps] == [("quiesce", "undone", 4.0)]
