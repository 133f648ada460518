"""Slow is not dead: patience lasts while there are signs of life, and ends on evidence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from clawupgrade.gateway.patience import IDLE_LIMIT, GiveUp, Patience, Signs, Wait, hard_cap_for
from clawupgrade.gateway.row import State

ALIVE = Signs(at=0.0, state=State.SILENT, alive=True)


def live(patience: Patience, signs: Signs, until: float, **moving: object) -> tuple[float, str]:
    """Follow the advice until it gives up or `until`; says when it stopped, and why."""
    at, turn = signs.at, 0
    while at < until:
        turn += 1
        moved = {name: turn for name, moves in moving.items() if moves}
        match patience.feed(replace(signs, at=at, **moved)):  # type: ignore[arg-type]
            case Wait(seconds):
                assert seconds > 0
                at += seconds
            case GiveUp(reason):
                return at, reason
    return at, ""


@pytest.mark.parametrize("alive", [True, None])
def test_five_minutes_at_least_even_if_nothing_moves(alive: bool | None) -> None:
    at, reason = live(Patience(0.0), replace(ALIVE, alive=alive), 10_000)
    assert IDLE_LIMIT <= at < IDLE_LIMIT + 5
    assert IDLE_LIMIT >= 300
    assert "no sign of life" in reason


@pytest.mark.parametrize("sign", ["log_size", "log_mtime", "phase"])
def test_947_seconds_are_waited_for_while_something_moves(sign: str) -> None:
    assert live(Patience(0.0), ALIVE, 947, **{sign: True}) == (pytest.approx(947, abs=3), "")


def test_a_gateway_that_says_it_is_starting_is_alive() -> None:
    signs = replace(ALIVE, state=State.STARTING)
    assert live(Patience(0.0), signs, 1100)[1] == ""


def test_even_so_there_is_an_end() -> None:
    at, reason = live(Patience(0.0, hard_cap=1200.0), replace(ALIVE, state=State.STARTING), 10_000)
    assert at == pytest.approx(1200, abs=3)
    assert "the most that the size of the state allows" in reason


@pytest.mark.parametrize(
    ("gib", "least", "most"),
    [(0, 1200, 1200), (1, 1800, 1800), (10, 7200, 7200), (10_000, 0, 10_800), (-1, 1200, 1200)],
)
def test_the_end_grows_with_the_state(gib: int, least: float, most: float) -> None:
    assert least <= hard_cap_for(gib * 1024**3) <= most


def test_exit_78_is_not_slowness() -> None:
    at, reason = live(Patience(0.0), replace(ALIVE, alive=False, exit_status=78), 100)
    assert at == 0
    assert "78" in reason


def test_an_exit_status_of_the_run_before_is_not_this_ones() -> None:
    assert isinstance(Patience(0.0).feed(replace(ALIVE, alive=True, exit_status=78)), Wait)


def test_a_dead_process_may_be_started_again_by_its_owner() -> None:
    patience = Patience(0.0)
    assert live(patience, replace(ALIVE, alive=False), 20)[1] == ""
    assert live(patience, replace(ALIVE, at=20.0), 40)[1] == ""
    at, reason = live(patience, replace(ALIVE, at=40.0, alive=False), 200)
    assert at == pytest.approx(70, abs=3)
    assert "gone" in reason


def test_a_crash_loop_is_given_up() -> None:
    assert isinstance(Patience(0.0).feed(replace(ALIVE, restarts=3)), Wait)
    turn = Patience(0.0).feed(replace(ALIVE, restarts=4))
    assert isinstance(turn, GiveUp)
    assert "crashes" in turn.reason


def test_one_hang_up_is_not_a_broken_gateway_but_half_a_minute_of_them_is() -> None:
    patience = Patience(0.0)
    broken = replace(ALIVE, state=State.BROKEN)
    assert live(patience, broken, 25)[1] == ""
    assert live(patience, replace(ALIVE, at=26.0), 40)[1] == ""
    at, reason = live(patience, replace(broken, at=40.0), 200)
    assert at == pytest.approx(70, abs=3)
    assert "not answered as a gateway" in reason


def test_it_comes_back_when_the_gateway_asks_it_to() -> None:
    assert Patience(0.0).feed(replace(ALIVE, retry_after=7.5)) == Wait(7.5)
    assert Patience(0.0, hard_cap=5.0).feed(replace(ALIVE, retry_after=7.5)) == Wait(5.0)


def test_it_asks_often_at_first_so_that_the_measured_time_away_is_true() -> None:
    patience = Patience(0.0)
    waits = [turn.seconds for at in range(12) if isinstance(turn := patience.feed(replace(ALIVE, at=at)), Wait)]
    assert waits[0] == 0.25
    assert waits == sorted(waits)
    assert waits[-1] == 2.0


_SIGNS = st.builds(
    Signs,
    at=st.just(0.0),
    state=st.sampled_from(State),
    alive=st.sampled_from([True, False, None]),
    restarts=st.integers(0, 3),
    log_size=st.none() | st.integers(0, 100),
    phase=st.sampled_from(["", "a", "b"]),
    retry_after=st.none() | st.floats(0, 3600),
)


@settings(deadline=None)
@given(st.lists(_SIGNS, min_size=1, max_size=10), st.floats(0.1, 500))
def test_whatever_the_signs_it_ends_by_the_cap(many: list[Signs], cap: float) -> None:
    patience, at = Patience(0.0, hard_cap=cap), 0.0
    for turn_number in range(200_000):
        turn = patience.feed(replace(many[turn_number % len(many)], at=at))
        if isinstance(turn, GiveUp):
            break
        at += turn.seconds
    assert at <= cap + 0.1
