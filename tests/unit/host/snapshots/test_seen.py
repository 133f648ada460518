from __future__ import annotations

import os
from pathlib import Path

from clawupgrade.host.snapshots.seen import (
    Seen,
    Sighting,
    is_settled,
    recognised,
    signature_of,
    signature_of_database,
)


def _kept(store: Path, path: Path) -> Sighting:
    sighting = Sighting(signature_of(path.lstat()), "ab" * 32, 1, '{"line"}')
    Seen(store, "/state").replace({path.name: sighting})
    return sighting


def test_what_did_not_change_is_recognised(tmp_path: Path) -> None:
    file = tmp_path / "odd\udcff"
    file.write_text("1")
    sighting = _kept(tmp_path / "store", file)
    seen = Seen(tmp_path / "store", "/state").load()
    assert recognised(seen, file.name, str(file), file.lstat()) == sighting
    assert recognised(seen, "other", str(file), file.lstat()) is None


def test_a_change_that_hides_behind_the_same_size_and_time_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("1")
    info = file.lstat()
    _kept(tmp_path / "store", file)
    file.write_text("2")
    os.utime(file, ns=(info.st_mtime_ns, info.st_mtime_ns))
    seen = Seen(tmp_path / "store", "/state").load()
    assert recognised(seen, "f", str(file), file.lstat()) is None


def test_a_torn_cache_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("1")
    _kept(tmp_path / "store", file)
    (cache,) = (tmp_path / "store/seen").iterdir()
    cache.write_bytes(cache.read_bytes()[:-3] + b'"]]')
    assert Seen(tmp_path / "store", "/state").load().at("f") is None


def test_trees_do_not_share_a_cache(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("1")
    _kept(tmp_path / "store", file)
    assert Seen(tmp_path / "store", "/other").load().at("f") is None


def test_a_change_just_before_the_reading_is_not_trusted() -> None:
    second = 10**9
    assert is_settled((1, 0, 7 * second, 1), 10 * second)
    assert not is_settled((1, 0, 9 * second, 1), 10 * second)
    assert not is_settled((1, 0, 99 * second, 1), 10 * second), "a clock that was set back"
    assert not is_settled((1, 0, 7 * second, 1, 1, 0, 9 * second, 2, 0, 0, 0, 0), 10 * second)


def test_a_databases_signature_covers_its_log(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"SQLite format 3\0")
    before = signature_of_database(str(path))
    (tmp_path / "a.db-wal").write_bytes(b"1")
    assert signature_of_database(str(path)) != before
