"""The watch after an upgrade, over every row of looks and with a simulated clock across changes of the wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from clawupgrade.gateway.verdict import Judgement
from clawupgrade.policy.soak import GoOn, Look, Over, Soak, TakeBack, Turn, judge_look

BEGAN = datetime(2026, 11, 25, 3, 30, tzinfo=UTC)
WELL = Look(True, 0, None, Judgement.ACCEPT)
REFUSED = Look(True, 0, None, Judgement.REPAIR_THEN_ROLL_BACK, "token mismatch")
BROKEN = Look(True, 0, None, Judgement.ROLL_BACK, "it hangs up")
SILENT = Look(True, 0, None, Judgement.WAIT, "no answer", is_silent=True)
STOPPED = Look(False, 0, 0, None)
CRASHED = Look(False, 0, 1, None)
LOST = Look(True, 0, None, Judgement.ACCEPT, lost=("channel account telegram/default is not connected any more",))
MINUTE = timedelta(minutes=1)


def watched(
    *looks: Look | None, span: timedelta = timedelta(hours=1), began: datetime = BEGAN, confirm: timedelta | None = None
) -> tuple[Turn, int]:
    """What becomes of a watch that sees these, one a minute and the last one for ever; and after how many looks."""
    soak = Soak("r", "2026.9.6", began, began + span, began + confirm if confirm else None, 0)
    now = began
    for number in range(10_000):
        now += MINUTE
        turn = judge_look(soak, looks[min(number, len(looks) - 1)], now)
        if not isinstance(turn, GoOn):
            return turn, number + 1
        soak = turn.soak
    raise AssertionError("it never ends")


@pytest.mark.parametrize(
    ("looks", "after", "words"),
    [
        ((REFUSED,), 2, "refuses the credentials"),
        ((BROKEN,), 3, "does not serve"),
        ((CRASHED,), 3, "is down, status 1"),
        ((LOST,), 3, "after the upgrade to 2026.9.6 channel account telegram/default is not connected any more"),
        ((SILENT,), 10, "does not answer"),
        ((replace(SILENT, restarts=2),), 10, "; restarts since the upgrade: 2"),
        ((WELL, Look(False, 0, 78, None)), 2, "ended with 78"),
        ((WELL, Look(True, 1, None, Judgement.ACCEPT), Look(True, 3, None, Judgement.ACCEPT)), 3, "restarted 3 times"),
        ((WELL, REFUSED, WELL, REFUSED, REFUSED), 5, "refuses"),
    ],
)
def test_what_takes_an_upgrade_back(looks: tuple[Look, ...], after: int, words: str) -> None:
    turn, number = watched(*looks)
    assert isinstance(turn, TakeBack)
    assert words in turn.reason
    assert number == after


@pytest.mark.parametrize(
    "looks",
    [
        (WELL,),
        (None,),
        (STOPPED,),
        (REFUSED, WELL),
        (BROKEN, WELL, BROKEN, WELL, BROKEN, WELL),
        (SILENT, SILENT, SILENT, WELL),
        (Look(True, 7, None, Judgement.ACCEPT), Look(True, 0, None, Judgement.ACCEPT)),
        (Look(True, 0, None, Judgement.NEEDS_PERSON),),
    ],
)
def test_what_does_not(looks: tuple[Look | None, ...]) -> None:
    if looks[0] is not None and looks[0].restarts == 7:
        soak = Soak("r", "v", BEGAN, BEGAN + timedelta(hours=1))
        assert isinstance(judge_look(soak, looks[0], BEGAN + MINUTE), GoOn)
        return
    turn, number = watched(*looks)
    assert turn == Over()
    assert number == 60


def test_a_reboot_in_between_begins_counting_restarts_anew() -> None:
    soak = Soak("r", "v", BEGAN, BEGAN + timedelta(hours=1), restarts=2)
    turn = judge_look(soak, Look(True, 0, None, Judgement.ACCEPT), BEGAN + MINUTE)
    assert isinstance(turn, GoOn)
    assert turn.soak.restarts == 0


def test_silence_takes_it_back_only_where_that_was_asked_for() -> None:
    turn, number = watched(WELL, span=timedelta(minutes=10), confirm=timedelta(hours=2))
    assert isinstance(turn, TakeBack)
    assert "nobody confirmed" in turn.reason
    assert number == 120
    # The watch is over: what the gateway does now is nobody's reason.
    turn, number = watched(*[WELL] * 10, REFUSED, span=timedelta(minutes=10), confirm=timedelta(hours=2))
    assert number == 120


LOOKS = st.lists(
    st.sampled_from([WELL, REFUSED, BROKEN, SILENT, STOPPED, CRASHED, LOST, None]), min_size=1, max_size=80
)


@given(LOOKS, st.integers(1, 1440), st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "America/New_York"]))
def test_every_watch_ends_in_time_and_one_look_alone_takes_nothing_back(
    looks: list[Look | None], minutes: int, zone: str
) -> None:
    """Also over the nights in which the wall clock changes: it is time that has passed that counts."""
    for day in (datetime(2026, 3, 29, 0, 30), datetime(2026, 10, 25, 0, 30), datetime(2026, 11, 1, 0, 30)):
        began = day.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        turn, number = watched(*looks, None, span=timedelta(minutes=minutes), began=began)
        assert number <= minutes
        if isinstance(turn, TakeBack):
            seen = [look for look in looks[:number] if look is not None]  # who could not look saw nothing
            assert seen[-1] == seen[-2]
        else:
            assert number == minutes
