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


@pytest.mark.parametrize("is_buffered", [True, False])
@pytest.mark.parametrize("words", ["--version", "--help", "schema", "schema result.v1", "schema --json"])
def test_what_cannot_be_written_is_no_success(words: str, is_buffered: bool) -> None:
    environ = dict(os.environ) if is_buffered else {**os.environ, "PYTHONUNBUFFERED": "1"}
    with open("/dev/full", "w") as full:  # noqa: PTH123
        line = [sys.executable, "-m", "clawupgrade", *words.split()]
        done = subprocess.run(
            line, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False, env=environ
        )
    assert done.returncode == 74
    assert "cannot be written to standard output: No space left on device\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_code_that_says_more_than_a_full_disk_stays() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        line = [sys.executable, "-m", "clawupgrade", "explode", "--json"]
        done = subprocess.run(line, stdout=full, stderr=full, timeout=60, check=False)
    assert done.returncode == 64


def test_no_file_of_ours_gets_the_number_of_a_stream_that_the_caller_closed() -> None:
    """Else a journal could be file 1, and whatever a child prints would stand in it."""
    looks = "cli.main = lambda: print('to nobody') or 5 * (os.open('/dev/null', os.O_RDONLY) > 2)"
    line = [sys.executable, "-c", ENDS.format(more=f"import os\n{looks}")]
    shell = 'exec "$0" "$@" <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", shell, *line], timeout=60, check=False)
    assert done.returncode == 5


def test_a_terminal_that_somebody_made_non_blocking_is_waited_for() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    line = [sys.executable, "-c", ENDS.format(more="cli.main = lambda: print('x' * 1_000_000) or 5")]
    with subprocess.Popen(line, stdout=writing) as child:
        os.close(writing)
        with os.fdopen(reading) as said:
            assert len(said.read()) == 1_000_001 + len("at exit\n")
    assert child.returncode == 5
