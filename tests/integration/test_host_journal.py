"""The journal on disks that fill and under kills that come at any moment."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clawupgrade.host.clock import SystemClock
from clawupgrade.host.journal_file import FileJournal

ROOT = Path(__file__).parents[2]
BEGIN = """
import sys
sys.path.insert(0, "tests/unit/host")
from pathlib import Path
from plans import a_plan
from clawupgrade.engine import journal as kinds
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.journal_file import FileJournal, create_journal

run = Path(sys.argv[1])
journal = create_journal(run, a_plan(str(run)), SystemClock())
"""
APPENDER = (
    BEGIN
    + """
while True:
    print(journal.append(kinds.STEP_BEGAN, "stage", {"words": "x" * 300}).number, flush=True)
"""
)
FILLER = (
    BEGIN
    + """
import errno
filler = open(run.parent / "filler", "wb", buffering=0)
try:
    while True:
        filler.write(b"y" * 4096)
except OSError as error:
    assert error.errno == errno.ENOSPC
for _ in range(50):
    journal.append(kinds.STEP_FAILED, "stage", {"error": "z" * 400})
journal.append(kinds.RUN_CLOSED, "", {"outcome": "rolled-back"})
print(len(FileJournal(run, SystemClock()).records), (run / "ballast").exists(), flush=True)
"""
)


def test_what_was_acknowledged_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(5)
    for turn in range(8):
        run = tmp_path / f"runs/{turn}"
        writer = subprocess.Popen(
            [sys.executable, "-c", APPENDER, str(run)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.1))
        writer.kill()
        acknowledged = [int(line) for line in (first + writer.stdout.read()).splitlines() if line]
        writer.wait()
        journal = FileJournal(run, SystemClock())
        assert len(journal.records) > acknowledged[-1]
        assert len(journal.records) <= acknowledged[-1] + 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_full_disk_still_takes_the_closing_records(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o size=2m none "$1" && exec "$2" -c "$3" "$1/run"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", str(tmp_path), sys.executable, FILLER],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.stdout == "52 False\n", done.stderr
