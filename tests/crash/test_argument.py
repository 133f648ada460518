"""The page that argues for crash safety names a test for every sentence: each of them must exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from crash.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/crash-safety.md").read_text()


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/\S+\.py)::(\w+)`", PAGE)
    assert len(named) >= 25
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text())
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, (path, name)


def test_the_number_of_planted_faults_is_the_one_that_is_told() -> None:
    assert len(MUTANTS) == 21
    assert "twenty-one careless lines" in PAGE
