"""The process that waits where no timer can be had: it goes on until nothing is left, whoever is at work meanwhile."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from clawupgrade.cli import tend
from clawupgrade.errors import Busy, Exit
from clawupgrade.model import Outcome, Report

BACK = Report(Outcome.ROLLED_BACK, int(Exit.ROLLED_BACK), message="rolled back")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What happened, in order. The looks: somebody is at work, all is well, it is taken back; then nothing is left."""
    happened: list[str] = []
    turns: list[Busy | Report | None] = [Busy("somebody is at work"), None, BACK]

    def once(_args: Namespace) -> Report | None:
        turn = turns.pop(0)
        happened.append("look")
        if isinstance(turn, Busy):
            raise turn
        return turn

    monkeypatch.setattr(tend, "folder_of", lambda _args: tmp_path)
    monkeypatch.setattr(tend, "_is_work_left", lambda _args: bool(turns))
    monkeypatch.setattr(tend, "_once", once)
    monkeypatch.setattr(tend.time, "sleep", lambda seconds: happened.append(f"sleep {seconds:.0f}"))
    return happened


def test_it_goes_on_until_nothing_is_left_to_do(looks: list[str]) -> None:
    assert tend.tend(Namespace(until_done=True, json=False)) == 3
    assert looks == ["sleep 60", "look"] * 3


def test_where_another_one_waits_already_it_leaves_the_work_to_that_one(looks: list[str], tmp_path: Path) -> None:
    with tend._alone(tmp_path / "tend.lock"):
        assert tend.tend(Namespace(until_done=True, json=False)) == 0
    assert looks == []
