"""How the command ends: with its exit code, all that it said, and what others wanted done at its end."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ENDS = """
import atexit, sys, threading, time
from clawupgrade import cli
atexit.register(lambda: print("at exit", flush=True))
cli.main = lambda: print("said") or 5
{more}
cli.command()
"""


def ended(more: str = "") -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", ENDS.format(more=more)]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)


def test_the_code_the_words_and_the_last_wishes() -> None:
    done = ended()
    assert (done.returncode, done.stdout, done.stderr) == (5, "said\nat exit\n", "")


def test_whoever_is_still_at_work_is_waited_for() -> None:
    done = ended("threading.Thread(target=lambda: (time.sleep(0.5), print('done'))).start()")
    assert (done.returncode, done.stdout) == (5, "said\ndone\nat exit\n")


@pytest.mark.parametrize("words", [("--version",), ("schema",), ("schema", "result.v1")])
def test_a_reader_who_went_away_is_no_fault(words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    line = [sys.executable, "-m", "clawupgrade", *words]
    done = subprocess.run(line, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_cannot_be_written_is_no_success() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        line = [sys.executable, "-m", "clawupgrade", "--version"]
        done = subprocess.run(line, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode != 0
