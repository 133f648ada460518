"""Sizes and ages as people write them, and a clear word for what is none."""

from __future__ import annotations

import pytest

from clawupgrade.cli.parser import parser
from clawupgrade.errors import UsageError


@pytest.mark.parametrize(
    ("text", "wanted"), [("20G", 20 * 10**9), ("1.5 gb", 15 * 10**8), ("800M", 800 * 10**6), ("7", 7), ("3kB", 3000)]
)
def test_a_size(text: str, wanted: int) -> None:
    assert parser().parse_args(["snapshot", "prune", "--max-size", text]).max_size == wanted


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--max-size", "much"], "is no size"),
        (["--min-free", "-1G"], "expected one argument"),
        (["--keep", "0"], "one is the least"),
        (["--keep", "-3"], "one is the least"),
        (["--older-than", "soon"], "no number of days"),
        (["--older-than", "nan"], "no number of days"),
    ],
)
def test_what_is_none(words: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parser().parse_args(["snapshot", "prune", *words])


def test_ages_in_days() -> None:
    assert parser().parse_args(["snapshot", "prune", "--older-than", "30d"]).older_than == 30.0
    assert parser().parse_args(["snapshot", "prune", "--older-than", "0"]).older_than == 0.0


def test_what_may_be_left_out() -> None:
    args = parser().parse_args(["run", "--leave-out", "caches", "--leave-out", "workspace/videos/"])
    assert args.leave_out == ["caches", "workspace/videos"]
    assert parser().parse_args(["snapshot", "create"]).leave_out == []


@pytest.mark.parametrize("text", ["*", "/etc", "../x", "", "**/*", "."])
def test_a_pattern_that_would_leave_out_everything_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no pattern in the state folder"):
        parser().parse_args(["run", "--leave-out", text])
