"""OpenClaw's order of versions, and the ranges of Node that its releases have asked for."""

from __future__ import annotations

import itertools

import pytest

from clawupgrade.errors import Refused
from clawupgrade.openclaw.versions import is_newer, parse, satisfies

IN_ORDER = (
    "2026.1.24-3",
    "2026.1.29",
    "2026.2.3",
    "2026.2.3-1",
    "2026.2.12",
    "2026.5.16-beta.7",
    "2026.5.16",
    "2026.7.1",
    "2026.7.1-1",
    "2026.7.2-beta.7",
    "2026.7.2",
    "2026.9.6",
    "2026.10.1",
)


@pytest.mark.parametrize(("older", "newer"), list(itertools.combinations(IN_ORDER, 2)))
def test_the_order(older, newer):
    assert is_newer(newer, than=older)
    assert not is_newer(older, than=newer)
    assert not is_newer(older, than=older)


@pytest.mark.parametrize("text", ["", "latest", "2026.9.x", "^2026.9.6", "2026.9.6; rm", "beta"])
def test_what_is_no_version(text):
    with pytest.raises(Refused, match="is not a version"):
        parse(text)


@pytest.mark.parametrize(
    ("engines", "suits", "does_not"),
    [
        (">=22.12.0", ("22.12.0", "24.19.0", "26.1.0"), ("22.11.9", "20.20.2")),
        (">=22.19.0", ("22.19.0", "25.0.0"), ("22.18.9",)),
        (
            ">=22.22.3 <23 || >=24.15.0 <25 || >=25.9.0",
            ("22.22.3", "24.15.0", "25.9.0", "26.0.0"),
            ("22.22.2", "23.0.0", "24.14.9", "25.8.9"),
        ),
        (">=24.16.0 <25 || >=26.1.0", ("24.16.0", "24.19.0", "26.1.0"), ("22.22.3", "24.15.9", "25.9.0", "26.0.9")),
        ("^22.12.0", ("22.12.0", "22.99.0"), ("22.11.0", "24.0.0")),
        ("~24.16.0", ("24.16.5",), ("24.17.0",)),
        ("24", ("24.0.1",), ("25.0.0",)),
        ("24.16", ("24.16.9",), ("24.15.0",)),
        (">22.0.0 <=24.0.0", ("24.0.0",), ("22.0.0", "24.0.1")),
        ("", ("18.0.0",), ()),
    ],
)
def test_ranges_of_node(engines, suits, does_not):
    assert [each for each in suits if not satisfies(f"v{each}", engines)] == []
    assert [each for each in does_not if satisfies(each, engines)] == []
