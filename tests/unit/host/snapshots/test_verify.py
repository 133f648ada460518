from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from clawupgrade.host.snapshots import databases, verify
from clawupgrade.host.snapshots.entries import Entry, Kind
from clawupgrade.host.snapshots.objects import ObjectStore
from clawupgrade.host.snapshots.verify import Damage, read_back


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    store = ObjectStore(tmp_path / "objects")
    store.open_for_writing(set)
    return store


def _file(objects: ObjectStore, path: str, data: bytes) -> Entry:
    return Entry("state", path, Kind.FILE, sha256=objects.put_small(data), size=len(data))


def _manifest(*entries: Entry) -> list[tuple[str, bytes]]:
    return [("state", "".join(f"{entry.line()}\n" for entry in entries).encode("ascii"))]


def test_each_content_is_read_once_and_said(objects: ObjectStore) -> None:
    one, two = _file(objects, "a", b"1"), _file(objects, "b", b"2")
    assert read_back(_manifest(one, two, _file(objects, "c", b"1")), objects, set()) == {one.sha256, two.sha256}
    assert read_back(_manifest(one, two), objects, {one.sha256}) == {two.sha256}


def test_a_wrong_size_in_the_manifest_is_damage(objects: ObjectStore) -> None:
    entry = _file(objects, "a", b"1")
    wrong = Entry("state", "a", Kind.FILE, sha256=entry.sha256, size=2)
    assert read_back(_manifest(wrong), objects, set()) == Damage(
        entry.sha256, "state/a", "its content is not what was stored"
    )


@pytest.mark.parametrize("version", [7, 8])
def test_a_database_is_opened_even_where_a_file_has_the_same_bytes(
    tmp_path: Path, objects: ObjectStore, version: int
) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        database.executescript("CREATE TABLE t(x); PRAGMA user_version=7;")
    data = (tmp_path / "a.db").read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    temporary, descriptor = objects.new_temporary()
    os.write(descriptor, data)
    os.close(descriptor)
    objects.adopt(temporary, sha256)
    plain = Entry("state", "plain", Kind.FILE, sha256=sha256, size=len(data))
    entry = Entry("state", "a.db", Kind.DATABASE, sha256=sha256, size=len(data), user_version=version)
    for order in ([plain, entry], [entry, plain]):
        result = read_back(_manifest(*order), objects, set())
        assert isinstance(result, Damage) == (version == 8)


def test_a_database_of_the_same_bytes_is_checked_once_unless_thorough(
    tmp_path: Path, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the check is spared: the bytes are compared each time."""
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        database.executescript("CREATE TABLE t(x); PRAGMA user_version=7;")
    data = (tmp_path / "a.db").read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    temporary, descriptor = objects.new_temporary()
    os.write(descriptor, data)
    os.close(descriptor)
    objects.adopt(temporary, sha256)
    entry = Entry("state", "a.db", Kind.DATABASE, sha256=sha256, size=len(data), user_version=7)
    looked: list[str] = []

    def check(copy: str, name: str) -> object:
        looked.append(name)
        return databases.check(copy, name)

    monkeypatch.setattr(verify, "check", check)
    for thorough, times in ((False, 1), (False, 1), (True, 2)):
        assert read_back(_manifest(entry), objects, set(), thorough=thorough) == {sha256}
        assert len(looked) == times
    other = Entry("state", "a.db", Kind.DATABASE, sha256=sha256, size=len(data), user_version=8)
    assert isinstance(read_back(_manifest(other), objects, set(), thorough=False), Damage)
    Path(objects.path(sha256)).write_bytes(data[:-1] + b"x")
    assert isinstance(read_back(_manifest(entry), objects, set(), thorough=False), Damage)


def test_a_path_that_looks_like_a_line_names_nothing(objects: ObjectStore) -> None:
    """Its quotes are escaped in the manifest, which is searched and not parsed."""
    odd = '","kind":"database","sha256":"' + "ab" * 32 + '","size":7'
    entry = _file(objects, odd, b"1")
    assert read_back(_manifest(entry), objects, set()) == {entry.sha256}
    gone = Entry("state", odd, Kind.FILE, sha256="cd" * 32, size=1)
    damage = read_back(_manifest(entry, gone), objects, set())
    assert damage == Damage("cd" * 32, f"state/{odd}", "its content is missing from the store")
