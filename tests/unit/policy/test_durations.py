"""Spans of time as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clawupgrade.policy.durations import duration, words


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("3d", 259_200), ("2w", 1_209_600)]
)
def test_it_is_read(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)
    assert duration(f" {text} ") == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "3", "-3d", "3 months", "1.5h", "d", "1e9d", "99999w", "9" * 50 + "s", "٣d"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"span of time|ten years"):
        duration(text)


@given(st.integers(min_value=0, max_value=3660 * 86_400))
def test_what_is_written_is_read_back(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert duration(words(span)) == span
