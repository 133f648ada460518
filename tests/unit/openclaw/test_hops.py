"""The hop table: every way ends somewhere, and says why."""

from __future__ import annotations

import pytest

from clawupgrade.errors import Refused
from clawupgrade.openclaw import hops
from clawupgrade.openclaw.hops import CLONE, INPLACE, Row, way
from clawupgrade.openclaw.versions import parse


@pytest.mark.parametrize(
    ("name", "installed", "target"),
    [
        ("clawdbot", "2026.1.24-3", "2026.9.6"),
        ("openclaw", "2026.1.29", "2026.9.6"),
        ("openclaw", "2026.2.12", "2026.4.29"),
        ("openclaw", "2026.4.29", "2026.6.11"),
        ("openclaw", "2026.6.11", "2026.9.6"),
        ("openclaw", "2026.9.5", "2026.9.6"),
    ],
)
def test_every_generation_is_cloned(name, installed, target):
    going = way(name, installed, target)
    assert going.engine == CLONE
    assert going.reason
    assert all(parse(installed) < parse(between) < parse(target) for between in going.waypoints)


def test_the_first_row_that_fits_counts(monkeypatch):
    rows = (
        Row("early", until="2026.4.0", waypoints=("2026.3.1", "2026.8.2", "2026.9.6")),
        Row("late", since="2026.9.0", engine=INPLACE),
        Row("else"),
    )
    monkeypatch.setattr(hops, "ROWS", rows)
    assert way("openclaw", "2026.2.12", "2026.9.6").waypoints == ("2026.3.1", "2026.8.2")
    assert way("openclaw", "2026.3.2", "2026.9.6").waypoints == ("2026.8.2",)
    assert way("openclaw", "2026.4.29", "2026.8.2").reason == "else"
    assert way("openclaw", "2026.9.5", "2026.9.6").engine == INPLACE
    assert way("moltbot", "2026.9.5", "2026.9.6").engine == CLONE


@pytest.mark.parametrize(
    ("name", "installed", "target", "rehearsed"),
    [
        ("openclaw", "2026.2.12", "2026.9.6", True),
        ("openclaw", "2026.6.11", "2026.10.1", True),
        ("openclaw", "2026.9.5", "2026.9.6", True),
        ("openclaw", "2026.4.29", "2026.6.11", True),
        ("openclaw", "2026.4.29", "2026.7.1", False),
        ("openclaw", "2026.6.11", "2026.7.1", False),
        ("openclaw", "2026.1.29", "2026.9.6", False),
        ("openclaw", "2026.9.6", "2026.9.5", False),
        ("clawdbot", "2026.1.24-3", "2026.9.6", False),
    ],
)
def test_what_is_rehearsed_by_itself(name, installed, target, rehearsed):
    assert bool(way(name, installed, target).rehearsed) is rehearsed


def test_rows_speak_of_versions_that_exist_as_such():
    for row in hops.ROWS:
        for text in (row.since, row.until, *row.waypoints):
            assert not text or parse(text)
        assert row.engine in (CLONE, INPLACE)
    for seen in hops.REHEARSED:
        for text in (seen.since, seen.until, seen.target_since, seen.target_until):
            assert not text or parse(text)


def test_what_is_no_version_is_refused():
    with pytest.raises(Refused):
        way("openclaw", "2026.6.11", "newest")


@pytest.mark.parametrize(
    ("version", "does"), [("2026.6.11", False), ("2026.7.1", True), ("2026.7.1-2", True), ("2026.9.6", True)]
)
def test_which_releases_migrate_at_their_first_start(version: str, does: bool):
    assert hops.migrates_at_start(version) is does
