"""`make real-all` itself: it runs what it is asked for, goes on where it was ended, and is red where a test is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "real/all.py"
TESTS = """
import pathlib, pytest
pytestmark = pytest.mark.real
MARKS = pathlib.Path(__file__).with_name("ran")

def note(name):
    MARKS.open("a").write(name + " ")

def test_good():
    print("a gateway serves after 5 s")
    note("good")

def test_bad():
    note("bad")
    assert pathlib.Path(__file__).with_name("mended").exists(), "not mended"

def test_without_a_lab():
    note("skipped")
    pytest.skip("no lab")
"""


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "tests/real"
    folder.mkdir(parents=True)
    (folder / "all.py").write_bytes(SCRIPT.read_bytes())
    (folder / "test_small.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = real\n")
    (tmp_path / ".gitignore").write_text("*\n")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(top: Path, *words: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    subprocess.run(["git", *who, *words], cwd=top, check=True)


def commit(top: Path) -> None:
    git(top, "commit", "--quiet", "--allow-empty", "--message", "one more")


def real_all(top: Path, *words: str) -> tuple[int, str, list[str]]:
    """Exit code, last line, and which tests ran, in order."""
    ran = top / "tests/real/ran"
    ran.unlink(missing_ok=True)
    line = [sys.executable, str(top / "tests/real/all.py"), *words]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout.splitlines()[-1], ran.read_text().split() if ran.exists() else []


def test_what_failed_or_was_skipped_is_owed_and_what_passed_is_not(top: Path) -> None:
    assert real_all(top) == (1, "1 passed, 2 failed or not run", ["good", "bad", "skipped"])
    (top / "tests/real/mended").touch()
    assert real_all(top) == (1, "2 passed, 1 failed or not run", ["bad", "skipped"])
    assert real_all(top, "-k", "good or bad") == (0, "2 passed, 0 failed or not run", [])


def test_another_commit_owes_everything_anew(top: Path) -> None:
    assert real_all(top, "-k", "good")[0] == 0
    commit(top)
    assert real_all(top, "-k", "good") == (0, "1 passed, 0 failed or not run", ["good"])


def test_no_test_at_all_is_no_success(top: Path) -> None:
    assert real_all(top, "-k", "nothing") == (1, "0 passed, 0 failed or not run", [])


def test_one_that_was_ended_keeps_what_it_has(top: Path) -> None:
    (top / "tests/real/test_small.py").write_text(
        TESTS + "\ndef test_ended():\n    import os\n    os.kill(os.getpid(), 9)\n"
    )
    line = [sys.executable, str(top / "tests/real/all.py"), "-k", "good or ended"]
    assert subprocess.run(line, capture_output=True, timeout=60, check=False).returncode == -9
    assert list(json.loads((top / ".real-all.json").read_text())) == ["tests/real/test_small.py::test_good"]


def test_the_table_says_what_was_seen(top: Path) -> None:
    real_all(top)
    (page,) = (top / "docs/reference/evidence").glob("*-real-hosts.md")
    rows = {row.split("::")[1].split("`")[0]: row for row in page.read_text().splitlines() if "::" in row}
    assert "| passed |" in rows["test_good"]
    assert rows["test_good"].count("serves after 5 s") == 1
    assert "| **failed** |" in rows["test_bad"]
    assert "not mended" in rows["test_bad"]
    assert "| **failed** |" in rows["test_without_a_lab"]
