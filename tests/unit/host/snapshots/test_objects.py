from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from clawupgrade.host.snapshots.objects import SMALL, ObjectStore


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    store = ObjectStore(tmp_path / "objects")
    store.open_for_writing(set)
    return store


def _large(objects: ObjectStore, data: bytes) -> str:
    """Stored as a large content, which a short one need not be."""
    temporary, descriptor = objects.new_temporary()
    os.write(descriptor, data)
    os.close(descriptor)
    name = hashlib.sha256(data).hexdigest()
    objects.adopt(temporary, name)
    return name


def _stored(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "objects").glob("??/*"))


def test_the_same_content_is_kept_once(tmp_path: Path, objects: ObjectStore) -> None:
    name = _large(objects, b"same")
    assert name == hashlib.sha256(b"same").hexdigest()
    assert _large(objects, b"same") == name
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


def test_a_sweep_keeps_what_is_named(tmp_path: Path, objects: ObjectStore) -> None:
    kept, gone = _large(objects, b"kept"), _large(objects, b"gone")
    objects.new_temporary()
    assert objects.sweep({kept}) > 0
    assert [path.read_bytes() for path in _stored(tmp_path)] == [b"kept"]
    assert objects.holds(kept)
    assert not objects.holds(gone)
    assert not list((tmp_path / "objects/incoming").iterdir())
    assert _large(objects, b"gone") == gone, "and it can come again"
    assert len(_stored(tmp_path)) == 2


def test_after_a_power_cut_only_what_is_named_is_trusted(tmp_path: Path, objects: ObjectStore) -> None:
    """A name may stand for torn bytes until everything was synced."""
    synced = _large(objects, b"synced")
    objects.settle([])
    objects.open_for_writing(set)
    torn = _large(objects, b"torn")
    Path(objects.path(torn)).write_bytes(b"")

    again = ObjectStore(tmp_path / "objects")
    again.open_for_writing(lambda: {synced})
    assert again.holds(synced)
    assert not again.holds(torn)
    _large(again, b"torn")
    assert Path(again.path(torn)).read_bytes() == b"torn"


def test_what_was_synced_needs_no_sweep(tmp_path: Path, objects: ObjectStore) -> None:
    _large(objects, b"a")
    objects.settle([])
    again = ObjectStore(tmp_path / "objects")
    again.open_for_writing(lambda: pytest.fail("no sweep is due"))
    assert again.holds(hashlib.sha256(b"a").hexdigest())


def _put(objects: ObjectStore, data: bytes) -> str:
    return objects.put_small(data) if len(data) <= SMALL else _large(objects, data)


@pytest.mark.parametrize("size", [0, 1, SMALL, SMALL + 1])
def test_every_content_comes_back_by_each_way(tmp_path: Path, objects: ObjectStore, size: int) -> None:
    data = os.urandom(size)
    name = _put(objects, data)
    objects.settle([])
    for store in (objects, ObjectStore(tmp_path / "objects")):
        assert store.holds(name)
        assert store.digest(name) == (name, size)
        with store.reader(name) as content:
            assert content.read() == data
        target = os.open(tmp_path / f"copy-{id(store)}", os.O_WRONLY | os.O_CREAT)
        assert store.copy_to(name, target, size + 1, sparse=False) == (name, size)
        os.close(target)
        assert (tmp_path / f"copy-{id(store)}").read_bytes() == data


@pytest.mark.parametrize("data", [b"small", b"large" * SMALL])
def test_a_dropped_content_is_not_held_any_more(tmp_path: Path, objects: ObjectStore, data: bytes) -> None:
    name = _put(objects, data)
    objects.settle([])
    objects.drop(name)
    for store in (objects, ObjectStore(tmp_path / "objects")):
        assert not store.holds(name)
        with pytest.raises(FileNotFoundError):
            store.digest(name)
