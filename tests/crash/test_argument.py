"""The page that argues for crash safety names a test for every sentence: each of them must exist."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from crash.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/crash-safety.md").read_text()


def test_every_test_that_is_named_exists() -> None:
    check = runpy.run_path(str(ROOT / "docs/check.py"))
    assert len(re.findall(r"`tests/\S+\.py::\w+`", PAGE)) >= 40
    assert check["lost_tests"](PAGE) == []
    gone = "tests/crash/test_argument.py::test_gone"
    assert check["lost_tests"](f"`{gone}`") == [gone]


def test_the_number_of_planted_faults_is_the_one_that_is_told() -> None:
    assert len(MUTANTS) == 32
    assert "thirty-two careless lines" in PAGE
