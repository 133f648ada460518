"""The outbox: one message for one event, tried again until its time is up, whatever comes in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from clawupgrade.errors import Exit, JournalDamaged
from clawupgrade.model import Outcome, Report
from clawupgrade.policy.notices import (
    Level,
    Outbox,
    after_try,
    document_of,
    due,
    is_wanted,
    level_of,
    notice_of,
    outbox_from,
    take_in,
)

NOW = datetime(2026, 11, 25, 3, 30, tzinfo=UTC)
NIGHT = timedelta(days=1)
BACK = Report(Outcome.ROLLED_BACK, 3, "r1", "2026.6.11", "2026.9.7", message="rolled back to 2026.6.11: it crashes")
CUT = Report(Outcome.BUSY, 75, message="the npm registry could not be asked: ENOTFOUND after 1234 ms")
WELL = Report(Outcome.UPGRADED, 0, "r2", "2026.6.11", "2026.9.8", changed=True, away=8.0, message="it serves")
SAME = Report(Outcome.NOTHING_TO_DO, 0, message="nothing to do")


def taken(outbox: Outbox, report: Report, now: datetime = NOW) -> Outbox:
    return take_in(outbox, notice_of(report, "host", now))


def test_the_text_names_the_cause_and_the_next_command() -> None:
    notice = notice_of(BACK, "claw1", NOW)
    assert notice.title == "claw1: OpenClaw 2026.6.11: rolled back"
    assert "it crashes" in notice.text
    assert "Next: clawupgrade report r1" in notice.text
    assert notice_of(WELL, "claw1", NOW).title == "claw1: OpenClaw 2026.6.11 → 2026.9.8: upgraded"


@pytest.mark.parametrize(
    ("report", "level"),
    [
        (BACK, Level.FAILURE),
        (CUT, Level.FAILURE),
        (WELL, Level.CHANGE),
        (SAME, Level.NOTHING),
        (replace(BACK, outcome=Outcome.FAILED_CLEAN, exit_code=int(Exit.BUSY)), Level.NOTHING),
        (replace(BACK, exit_code=int(Exit.TERMINATED)), Level.CHANGE),
        (replace(CUT, outcome=Outcome.STOPPED, exit_code=int(Exit.INTERRUPTED)), Level.NOTHING),
    ],
)
def test_what_matters_how_much(report: Report, level: Level) -> None:
    assert level_of(report) is level
    assert is_wanted(level, "always")
    assert is_wanted(level, "change") is (level is not Level.NOTHING)
    assert is_wanted(level, "failure") is (level is Level.FAILURE)


def test_the_same_trouble_every_night_is_one_event_until_all_was_well_or_a_week_has_passed() -> None:
    outbox = taken(Outbox(), CUT)
    for night in range(1, 7):
        other = replace(CUT, message=CUT.message.replace("1234", str(night)))
        outbox = taken(outbox, other, NOW + night * NIGHT)
    assert len(outbox.waiting) == 1
    sent = Outbox((), outbox.told)
    assert len(taken(sent, CUT, NOW + 2 * NIGHT).waiting) == 0
    assert len(taken(sent, CUT, NOW + 8 * NIGHT).waiting) == 1
    after = taken(sent, WELL, NOW + 2 * NIGHT)
    assert len(taken(Outbox((), after.told), CUT, NOW + 3 * NIGHT).waiting) == 1


def test_the_end_of_a_run_is_told_once_though_it_is_finished_twice() -> None:
    outbox = taken(taken(Outbox(), BACK), BACK)
    assert len(outbox.waiting) == 1
    assert taken(Outbox((), outbox.told), BACK, NOW + timedelta(hours=1)).waiting == ()


@given(st.lists(st.booleans(), max_size=200), st.integers(1, 100))
def test_each_channel_gets_it_once_and_what_cannot_be_sent_ends(answers: list[bool], hours: int) -> None:
    expire = timedelta(hours=hours)
    outbox, now, got = taken(Outbox(), BACK), NOW, {"a": 0, "b": 0}
    for answer in [*answers, *[False] * 400]:
        for notice in due(outbox, now):
            sent = notice.sent
            for name in got:
                if name not in sent and (answer or name == "a"):
                    got[name] += 1
                    sent = (*sent, name)
            tried = replace(notice, sent=sent)
            outbox = after_try(outbox, tried, ("a", "b"), "no", now, expire)
            assert outbox_from(document_of(outbox)) == outbox
        now += timedelta(minutes=20)
    assert got["a"] == 1
    assert got["b"] <= 1
    assert outbox.waiting == (), "its time is up"


def test_what_cannot_be_read_is_said() -> None:
    with pytest.raises(JournalDamaged):
        outbox_from({"waiting": 3})
