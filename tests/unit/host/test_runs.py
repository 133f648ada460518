"""The runs of one installation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clawupgrade.engine import journal as kinds
from clawupgrade.errors import JournalDamaged, UsageError
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.runs import FolderRuns

from .plans import a_plan


@pytest.fixture
def runs(folder: Path) -> FolderRuns:
    return FolderRuns(folder / "default", SystemClock())


def test_runs_are_listed_oldest_first_and_loaded_by_id(runs: FolderRuns) -> None:
    for run_id in ("20261124T000000Z-aa", "20261123T000000Z-zz"):
        runs.create(a_plan(run_id=run_id)).append(kinds.STEP_BEGAN, "stage")
    assert runs.ids() == ("20261123T000000Z-zz", "20261124T000000Z-aa")
    assert [r.kind for r in runs.load("20261124T000000Z-aa").records] == [kinds.RUN_OPENED, kinds.STEP_BEGAN]


def test_a_run_is_named_before_it_begins(folder: Path) -> None:
    named: list[tuple[str, bool]] = []
    place = folder / "default/runs/20261124T000000Z-aa/journal"
    runs = FolderRuns(folder / "default", SystemClock(), lambda run_id: named.append((run_id, place.exists())))
    runs.create(a_plan(run_id="20261124T000000Z-aa"))
    assert named == [("20261124T000000Z-aa", False)]


def test_a_run_is_the_last_one_though_the_clock_was_set_back(runs: FolderRuns) -> None:
    """`rollback` and `history` go by the numbers; a laptop's clock was a year ahead until it met the network."""
    first = f"{datetime.now(UTC).year + 1}1123T235959Z-ffff"
    runs.create(a_plan(run_id=first))
    second = runs.new_id()
    runs.create(a_plan(run_id=second))
    third = runs.new_id()
    assert first < second < third
    assert runs.ids() == (first, second)


def test_a_number_is_the_time(runs: FolderRuns) -> None:
    runs.create(a_plan(run_id="by-hand"))
    assert runs.new_id().startswith(f"{datetime.now(UTC):%Y%m%dT%H}")


def test_a_folder_without_a_journal_never_was_a_run(runs: FolderRuns) -> None:
    Path(runs.folder("20261124T000000Z-aa")).mkdir(parents=True)
    assert runs.ids() == ()


@pytest.mark.parametrize("run_id", ["20261124T000000Z-aa", "../../etc", "", "a/b", ".", "-x"])
def test_an_unknown_run_is_a_usage_error(runs: FolderRuns, run_id: str) -> None:
    with pytest.raises(UsageError):
        runs.load(run_id)


def test_the_last_result_is_at_its_fixed_place(runs: FolderRuns, folder: Path) -> None:
    for number in (1, 2):
        runs.note_result({"schema": "clawupgrade.result.v1", "exit_code": number, "message": "ä"})
    path = folder / "default/last-result.json"
    assert json.loads(path.read_text())["exit_code"] == 2
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_id_does_not_lead_out_of_the_folder(runs: FolderRuns, folder: Path) -> None:
    runs.create(a_plan())
    (folder / "default/elsewhere").mkdir()
    (folder / "default/elsewhere/journal").write_bytes(b"")
    with pytest.raises(UsageError, match="is no run"):
        runs.load("../elsewhere")


def test_what_is_kept_is_read_back_and_damage_is_told(runs: FolderRuns, folder: Path) -> None:
    assert runs.kept("hold") is None
    runs.keep("hold", {"since": "now"})
    assert runs.kept("hold") == {"since": "now"}
    (folder / "default/hold.json").write_text("[")
    with pytest.raises(JournalDamaged):
        runs.kept("hold")
