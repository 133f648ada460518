"""What is read while somebody writes is whole, or is said not to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from clawupgrade.host.snapshots import reading
from clawupgrade.host.snapshots.objects import ObjectStore

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("age", "settled"),
    [(5_000_000, False), (SECOND, True), (-60 * SECOND, True)],
    ids=["within a tick", "a second", "in the future"],
)
def test_a_change_within_a_tick_of_the_clock_is_not_trusted(
    age: int, settled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen under load: a file rewritten in the middle of its reading bore the same times as before."""
    path = tmp_path / "sessions.json"
    path.write_bytes(b"[]")
    objects = ObjectStore(tmp_path / "store")
    monkeypatch.setattr(reading.time, "time_ns", lambda: path.stat().st_ctime_ns + age)
    monkeypatch.setattr(reading.time, "sleep", lambda _: None)
    assert reading.read(str(path), objects).settled is settled


def test_a_file_of_just_now_is_waited_for_and_read_as_settled(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    path.write_bytes(b"[]")
    assert reading.read(str(path), ObjectStore(tmp_path / "store")).settled is True
