"""A journal on the disk: what was appended is there, and a torn tail is not."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from clawupgrade.engine import journal as kinds
from clawupgrade.errors import FailedClean, JournalDamaged, JournalLost
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.journal_file import FileJournal, create_journal
from clawupgrade.model import plan_from_json

from .plans import a_plan

CLOCK = SystemClock()


@pytest.fixture
def run(folder: Path) -> Path:
    return folder / "runs/20261123T060000Z-ab12"


def test_record_0_is_the_plan_and_all_is_closed_to_others(run: Path) -> None:
    plan = a_plan(str(run))
    journal = create_journal(run, plan, CLOCK)
    assert [record.kind for record in journal.records] == [kinds.RUN_OPENED]
    assert plan_from_json(dict(journal.records[0].data)) == plan
    assert {folder.stat().st_mode & 0o777 for folder in (run, run.parent)} == {0o700}
    assert (run / "journal").stat().st_mode & 0o777 == 0o600


def test_what_was_appended_is_read_again(run: Path) -> None:
    journal = create_journal(run, a_plan(str(run)), CLOCK)
    journal.append(kinds.STEP_BEGAN, "stage")
    written = journal.append(kinds.STEP_DONE, "stage", {"seconds": 1.5, "wörter": ["ä"]})
    again = FileJournal(run, CLOCK)
    assert again.records == journal.records
    assert again.records[2] == written
    assert [record.number for record in again.records] == [0, 1, 2]


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_tail_is_left_out_by_readers_and_cut_by_the_next_append(run: Path, cut: int) -> None:
    create_journal(run, a_plan(str(run)), CLOCK).append(kinds.STEP_BEGAN, "stage")
    path = run / "journal"
    path.write_bytes(path.read_bytes()[:-cut])
    torn = path.read_bytes()
    again = FileJournal(run, CLOCK)
    assert len(again.records) == 1
    assert path.read_bytes() == torn, "a reader beside a living run must not cut"
    again.append(kinds.RUN_INTERRUPTED)
    assert [r.kind for r in FileJournal(run, CLOCK).records] == [kinds.RUN_OPENED, kinds.RUN_INTERRUPTED]


def test_nothing_of_a_long_torn_record_stays_behind_a_short_one(run: Path) -> None:
    create_journal(run, a_plan(str(run)), CLOCK).append(kinds.STEP_FAILED, "stage", {"error": "x" * 2000})
    path = run / "journal"
    path.write_bytes(path.read_bytes()[:-1])
    FileJournal(run, CLOCK).append(kinds.RUN_INTERRUPTED)
    assert path.read_bytes().endswith(b"}\n")
    assert b"xxxx" not in path.read_bytes()


def test_damage_before_a_good_line_is_not_passed_over(run: Path) -> None:
    journal = create_journal(run, a_plan(str(run)), CLOCK)
    journal.append(kinds.STEP_BEGAN, "stage")
    journal.append(kinds.STEP_DONE, "stage")
    path = run / "journal"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"stage", b"stags")
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalDamaged):
        FileJournal(run, CLOCK)


def test_each_append_is_one_write_and_is_synced(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = create_journal(run, a_plan(str(run)), CLOCK)
    seen: list[str] = []
    pwrite, fsync = os.pwrite, os.fsync
    monkeypatch.setattr(os, "pwrite", lambda *a: (seen.append("write"), pwrite(*a))[1])
    monkeypatch.setattr(os, "fsync", lambda fd: (seen.append("sync"), fsync(fd))[1])
    journal.append(kinds.STEP_BEGAN, "stage")
    assert seen == ["write", "sync"]


def test_a_full_disk_costs_the_ballast_and_not_the_record(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = create_journal(run, a_plan(str(run)), CLOCK)
    pwrite = os.pwrite

    def full(descriptor: int, line: bytes, at: int) -> int:
        if (run / "ballast").exists():
            return pwrite(descriptor, line[:10], at)  # a short write is how a disk fills
        return pwrite(descriptor, line, at)

    monkeypatch.setattr(os, "pwrite", full)
    journal.append(kinds.STEP_FAILED, "stage", {"error": "No space left"})
    assert not (run / "ballast").exists()
    assert len(FileJournal(run, CLOCK).records) == 2


@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS, errno.EMFILE, errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", ["open", "ftruncate", "pwrite", "fsync"])
def test_a_disk_that_takes_nothing_stops_the_run_until_it_does(
    run: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    journal = create_journal(run, a_plan(str(run)), CLOCK)
    (run / "ballast").unlink()

    def broken(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, broken)
    with pytest.raises(JournalLost, match=os.strerror(number)):
        journal.append(kinds.STEP_BEGAN, "stage")
    assert len(journal.records) == 1
    monkeypatch.undo()
    journal.append(kinds.RUN_INTERRUPTED)
    assert [r.kind for r in FileJournal(run, CLOCK).records] == [kinds.RUN_OPENED, kinds.RUN_INTERRUPTED]


def test_a_run_that_cannot_be_noted_is_not_begun(folder: Path) -> None:
    (folder / "runs").write_text("a file is in the way")
    with pytest.raises(FailedClean):
        create_journal(folder / "runs/x", a_plan("/x"), CLOCK)
