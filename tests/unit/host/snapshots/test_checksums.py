from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path
from unittest.mock import patch

import pytest

from clawupgrade.host.snapshots import checksums as checksums_module
from clawupgrade.host.snapshots import objects as objects_module
from clawupgrade.host.snapshots.checksums import AGAIN, Checksums, ReadBack, Record
from clawupgrade.host.snapshots.objects import ObjectStore

_ONE, _TWO = "ab" * 32, "cd" * 32
_TICK = 0.02
"""Seconds; longer than the step of a file system's clock, within which two writes have the same ctime."""


def _kept(folder: Path) -> Checksums:
    checksums = Checksums(str(folder / "checksums"))
    checksums.note(_ONE, Record(b"1" * 16))
    checksums.note(_TWO, Record(b"2" * 16, 17, ReadBack(1, 2, 3)))
    checksums.save(lambda _: True)
    return Checksums(str(folder / "checksums"))


def test_what_was_noted_is_known_next_time(tmp_path: Path) -> None:
    again = _kept(tmp_path)
    assert (again.at(_ONE), again.at(_TWO)) == (Record(b"1" * 16), Record(b"2" * 16, 17, ReadBack(1, 2, 3)))
    assert (tmp_path / "checksums").stat().st_mode & 0o777 == 0o600


def test_what_is_no_longer_held_goes(tmp_path: Path) -> None:
    again = _kept(tmp_path)
    again.note(_ONE, Record(b"3" * 16))
    again.save(lambda sha256: sha256 == _ONE)
    last = Checksums(str(tmp_path / "checksums"))
    assert (last.at(_ONE), last.at(_TWO)) == (Record(b"3" * 16), None)


def test_a_torn_file_counts_as_none(tmp_path: Path) -> None:
    _kept(tmp_path)
    file = tmp_path / "checksums"
    file.write_bytes(file.read_bytes().replace(b"17", b"18"))
    assert Checksums(str(file)).at(_ONE) is None


@pytest.mark.parametrize("library", [False, True], ids=["without xxhash", "with xxhash"])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("thorough", [False, True])
def test_a_content_whose_file_was_touched_is_not_believed_but_compared(
    tmp_path: Path, large: bool, thorough: bool, library: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail with a record that is believed whatever happened to the file."""
    if library:
        pytest.importorskip("xxhash")
    else:
        monkeypatch.setattr(objects_module, "quick_hash", lambda data=b"": None)
    objects = ObjectStore(tmp_path)
    objects.open_for_writing(set)
    data = bytes(range(256)) * (8000 if large else 8)
    if large:
        temporary, descriptor = objects.new_temporary()
        with open(descriptor, "wb") as file:
            file.write(data)
        sha256 = hashlib.sha256(data).hexdigest()
        objects.adopt(temporary, sha256)
    else:
        sha256 = objects.put_small(data)
    objects.settle([])
    assert objects.is_right(sha256, len(data), thorough=False)
    assert objects.checksums.at(sha256) is not None
    assert objects.is_right(sha256, len(data), thorough=thorough)
    assert not objects.is_right(sha256, len(data) + 1, thorough=thorough)
    where = Path(objects.path(sha256)) if large else next((tmp_path / "packs").glob("*.pack"))
    time.sleep(_TICK)
    where.write_bytes(b"\xff" + data[1:])
    assert not objects.is_right(sha256, len(data), thorough=thorough)


def test_a_record_that_is_wrong_costs_a_reading_and_no_verdict(tmp_path: Path) -> None:
    pytest.importorskip("xxhash")
    objects = ObjectStore(tmp_path)
    objects.open_for_writing(set)
    sha256 = objects.put_small(b"content")
    objects.checksums.note(sha256, Record(b"0" * 16))
    assert objects.is_right(sha256, 7, thorough=False)
    record = objects.checksums.at(sha256)
    assert record is not None
    assert record.quick != b"0" * 16, "the next reading is quick again"


def test_only_what_has_another_quick_checksum_is_read_for_its_sha256(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is the whole gain: without it the second snapshot takes a second of work for each GB."""
    pytest.importorskip("xxhash")
    objects = ObjectStore(tmp_path)
    objects.open_for_writing(set)
    sha256 = objects.put_small(b"content")
    assert objects.is_right(sha256, 7, thorough=False)
    real, hashed = hashlib.sha256, list[bytes]()

    def counted(data: bytes = b"") -> object:
        hashed.append(data)
        return real(data)

    objects.checksums.note(sha256, Record(checksums_module.quick_hash(b"content").digest()))
    monkeypatch.setattr(hashlib, "sha256", counted)
    assert objects.is_right(sha256, 7, thorough=False)
    assert hashed == []
    assert objects.is_right(sha256, 7, thorough=True)
    assert len(hashed) == 1


@pytest.mark.parametrize("large", [False, True])
def test_what_was_read_back_lately_and_not_touched_since_is_not_read_again(
    tmp_path: Path, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading 1 GB back every night costs as much as half a copy of it; after a week, or a boot, it is done again."""
    now = [1_000_000.0]
    objects = ObjectStore(tmp_path, now=lambda: now[0])
    sha256, size = _settled(objects, large=large)
    assert objects.is_right(sha256, size, thorough=False)
    objects.checksums.save(lambda _: True)
    assert _readings(ObjectStore(tmp_path, now=lambda: now[0]), sha256, size) == 0
    assert _readings(ObjectStore(tmp_path, now=lambda: now[0]), sha256, size, thorough=True) == 1
    for later in (AGAIN, -1):  # also a clock that was set back
        assert _readings(ObjectStore(tmp_path, now=lambda: now[0] + later), sha256, size) == 1  # noqa: B023
    monkeypatch.setattr(checksums_module, "boot_id", lambda: "another")
    assert _readings(ObjectStore(tmp_path, now=lambda: now[0]), sha256, size) == 1


@pytest.mark.parametrize("large", [False, True])
def test_a_file_in_place_of_the_one_that_was_read_is_read(tmp_path: Path, large: bool) -> None:
    objects = ObjectStore(tmp_path)
    sha256, size = _settled(objects, large=large)
    assert objects.is_right(sha256, size, thorough=False)
    objects.checksums.save(lambda _: True)
    where = Path(objects.path(sha256)) if large else next((tmp_path / "packs").glob("*.pack"))
    copy = where.with_suffix(".copy")
    copy.write_bytes(b"\xff" + where.read_bytes()[1:])
    copy.rename(where)
    assert not ObjectStore(tmp_path).is_right(sha256, size, thorough=False)


def _settled(objects: ObjectStore, *, large: bool) -> tuple[str, int]:
    objects.open_for_writing(set)
    data = bytes(range(256)) * (8000 if large else 8)
    sha256 = hashlib.sha256(data).hexdigest()
    if large:
        temporary, descriptor = objects.new_temporary()
        with open(descriptor, "wb") as file:
            file.write(data)
        objects.adopt(temporary, sha256)
    else:
        objects.put_small(data)
    objects.settle([])
    return sha256, len(data)


def _readings(objects: ObjectStore, sha256: str, size: int, *, thorough: bool = False) -> int:
    """How often the content is read to find it right."""
    with patch.object(objects, "_feed", wraps=objects._feed) as feed:
        assert objects.is_right(sha256, size, thorough=thorough)
    return feed.call_count


def test_a_missing_library_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xxhash", None)
    monkeypatch.setattr(checksums_module, "_library", checksums_module._library.__wrapped__)
    assert checksums_module.quick_hash() is None
