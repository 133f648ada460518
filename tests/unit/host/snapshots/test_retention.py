from __future__ import annotations

from collections.abc import Mapping

import pytest

from clawupgrade.held import Retention, SnapshotInfo
from clawupgrade.host.snapshots.retention import judge

_DAY = 86_400.0
_NOW = 1000 * _DAY


def _kept(
    policy: Retention,
    ages: Mapping[str, float],
    *,
    sizes: Mapping[str, Mapping[str, int]] | None = None,
    pinned: frozenset[str] = frozenset(),
    damaged: frozenset[str] = frozenset(),
    used: int = 0,
    free: int = 10**12,
) -> dict[str, str]:
    snapshots = [
        SnapshotInfo(name, _NOW - age * _DAY, "c", name in pinned, damaged="x" if name in damaged else "")
        for name, age in ages.items()
    ]
    verdicts = judge(
        snapshots, policy, now=_NOW, contents=lambda name: (sizes or {}).get(name, {name: 1}), used=used, free=free
    )
    assert [v.snapshot_id for v in verdicts] == sorted(ages, key=lambda name: ages[name])
    return {v.snapshot_id: v.reason for v in verdicts if v.keep}


_WEEK = {"d0": 0.0, "d1": 1.0, "d2": 2.0, "d3": 3.0, "d4": 4.0}


def test_the_oldest_beyond_the_count_go() -> None:
    assert set(_kept(Retention(count=2), _WEEK)) == {"d0", "d1"}


def test_what_is_too_old_goes() -> None:
    assert set(_kept(Retention(days=2.5), _WEEK)) == {"d0", "d1", "d2"}


def test_the_newest_stays_whatever_the_policy_says() -> None:
    """It may be the only one that can be restored."""
    assert _kept(Retention(count=0, days=0, bytes=0), _WEEK) == {"d0": "newest"}
    assert _kept(Retention(days=1), {"old": 400}) == {"old": "newest"}


def test_a_damaged_newest_does_not_stand_for_one_that_can_be_restored() -> None:
    assert _kept(Retention(count=0), _WEEK, damaged=frozenset({"d0"})) == {"d1": "newest"}


def test_pinned_and_last_known_good_stay_and_count() -> None:
    kept = _kept(Retention(count=3, last_known_good=("d4",)), _WEEK, pinned=frozenset({"d3"}))
    assert kept == {"d0": "newest", "d3": "pinned", "d4": "last known good"}


def test_shared_contents_count_once() -> None:
    sizes = {name: {"shared": 100, name: 1} for name in _WEEK}
    assert set(_kept(Retention(bytes=103), _WEEK, sizes=sizes)) == {"d0", "d1", "d2"}


def test_an_older_and_smaller_one_does_not_stay_in_the_place_of_a_newer() -> None:
    sizes = {"d0": {"a": 10}, "d1": {"b": 100}, "d2": {"c": 1}, "d3": {"d": 1}, "d4": {"e": 1}}
    assert set(_kept(Retention(bytes=50), _WEEK, sizes=sizes)) == {"d0"}


@pytest.mark.parametrize(("free", "kept"), [(30, 5), (28, 4), (0, 2)])
def test_free_space_is_made_by_letting_the_oldest_go(free: int, kept: int) -> None:
    sizes = {name: {name: 10} for name in _WEEK}
    found = _kept(Retention(free_bytes=30), _WEEK, sizes=sizes, used=50, free=free)
    assert len(found) == kept


def test_no_limit_keeps_all() -> None:
    assert len(_kept(Retention(count=None, days=None), _WEEK)) == 5
