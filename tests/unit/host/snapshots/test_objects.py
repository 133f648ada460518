from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from clawupgrade.host.snapshots.objects import ObjectStore, copy, digest_of


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    store = ObjectStore(tmp_path / "objects")
    store.open_for_writing(set)
    return store


def _stored(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "objects").glob("??/*"))


def test_the_same_content_is_kept_once(tmp_path: Path, objects: ObjectStore) -> None:
    name = objects.put_bytes(b"same")
    assert name == hashlib.sha256(b"same").hexdigest()
    assert objects.put_bytes(b"same") == name
    assert [path.read_bytes() for path in _stored(tmp_path)] == [b"same"]


def test_a_stream_is_hashed_on_its_way(tmp_path: Path, objects: ObjectStore) -> None:
    data = os.urandom(3_000_001)
    (tmp_path / "big").write_bytes(data)
    with (tmp_path / "big").open("rb") as file:
        temporary, name, size = objects.put_stream(file.fileno(), len(data))
    objects.adopt(temporary, name)
    assert (name, size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert Path(objects.path(name)).read_bytes() == data
    assert not list((tmp_path / "objects/incoming").iterdir())


def test_a_stream_ends_where_its_limit_says(tmp_path: Path, objects: ObjectStore) -> None:
    """A log that grows while it is read must not be read for ever."""
    (tmp_path / "log").write_bytes(b"x" * 2_000_000)
    with (tmp_path / "log").open("rb") as file:
        temporary, _, size = objects.put_stream(file.fileno(), 1_500_000)
    assert size == Path(temporary).stat().st_size == 1_500_000


def test_holes_stay_holes(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.write(b"start")
        file.truncate(5_000_000)
        file.seek(4_999_990)
        file.write(b"end")
    source = os.open(tmp_path / "sparse", os.O_RDONLY)
    target = os.open(tmp_path / "copy", os.O_RDWR | os.O_CREAT)
    assert copy(source, target, 5_000_000, sparse=True) == digest_of(source)
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "sparse").read_bytes()
    assert (tmp_path / "copy").stat().st_blocks * 512 < 100_000
    os.close(source)
    os.close(target)


def test_a_sweep_keeps_what_is_named(tmp_path: Path, objects: ObjectStore) -> None:
    kept, gone = objects.put_bytes(b"kept"), objects.put_bytes(b"gone")
    objects.new_temporary()
    assert objects.sweep({kept}) > 0
    assert [path.read_bytes() for path in _stored(tmp_path)] == [b"kept"]
    assert objects.known() == {kept}
    assert not list((tmp_path / "objects/incoming").iterdir())
    assert objects.put_bytes(b"gone") == gone, "and it can come again"
    assert len(_stored(tmp_path)) == 2


def test_after_a_power_cut_only_what_is_named_is_trusted(tmp_path: Path, objects: ObjectStore) -> None:
    """A name may stand for torn bytes until everything was synced."""
    synced = objects.put_bytes(b"synced")
    objects.settle([])
    objects.open_for_writing(set)
    torn = objects.put_bytes(b"torn")
    Path(objects.path(torn)).write_bytes(b"")

    again = ObjectStore(tmp_path / "objects")
    again.open_for_writing(lambda: {synced})
    assert again.known() == {synced}
    again.put_bytes(b"torn")
    assert Path(again.path(torn)).read_bytes() == b"torn"


def test_what_was_synced_needs_no_sweep(tmp_path: Path, objects: ObjectStore) -> None:
    objects.put_bytes(b"a")
    objects.settle([])
    again = ObjectStore(tmp_path / "objects")
    again.open_for_writing(lambda: pytest.fail("no sweep is due"))
    assert len(again.known()) == 1


def test_a_dropped_content_is_not_known_any_more(objects: ObjectStore) -> None:
    name = objects.put_bytes(b"a")
    objects.drop(name)
    assert name not in objects.known()
    with pytest.raises(FileNotFoundError):
        objects.open(name)
