"""The drill finds what reading back alone would not, and leaves no scratch folder behind."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from clawupgrade.host.snapshots import SnapshotDamaged, SnapshotRefused, SnapshotStore, Source, putting_back
from clawupgrade.host.snapshots import drill as drilling


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SnapshotStore]:
    state = tmp_path / "state"
    (state / "closed").mkdir(parents=True)
    (state / "closed/key").write_bytes(b"secret")
    (state / "link").symlink_to("closed/key")
    os.mkfifo(state / "fifo")
    with closing(sqlite3.connect(state / "a.sqlite")) as database, database:
        database.execute("CREATE TABLE t(x)")
    (state / "closed").chmod(0o500)
    found = SnapshotStore(tmp_path / "store")
    found.take("one", [Source("state", state), Source("absent", tmp_path / "none")])
    found.seal("one")
    yield found
    (state / "closed").chmod(0o700)


def test_a_sound_snapshot_passes_and_the_scratch_folder_is_gone(store: SnapshotStore, tmp_path: Path) -> None:
    drilled = store.drill("one")
    assert (drilled.files, drilled.databases) == (2, 1)
    assert not (tmp_path / "store/drill").exists()
    assert (tmp_path / "state/closed/key").read_bytes() == b"secret"


def test_a_restore_that_gives_back_something_else_is_damage(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = putting_back.restore

    def careless(*given: object) -> object:
        done = true(*given)  # type: ignore[arg-type]
        os.utime(tmp_path / "store/drill/state/a.sqlite", ns=(0, 0))
        return done

    monkeypatch.setattr(putting_back, "restore", careless)
    with pytest.raises(SnapshotDamaged, match=r"1 files differ, .*a\.sqlite"):
        store.drill("one")
    assert not (tmp_path / "store/drill").exists()


def test_a_damaged_content_is_found(store: SnapshotStore, tmp_path: Path) -> None:
    packs = [path for path in (tmp_path / "store/objects").rglob("*") if path.is_file()]
    (held,) = (path for path in packs if b"secret" in path.read_bytes())
    held.chmod(0o600)
    held.write_bytes(held.read_bytes().replace(b"secret", b"secreT"))
    with pytest.raises(SnapshotDamaged, match="closed/key"):
        SnapshotStore(tmp_path / "store").drill("one")


def test_it_is_not_what_fills_the_disk(store: SnapshotStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drilling, "_SPARE", 1 << 60)
    with pytest.raises(SnapshotRefused, match="no room for a restore drill"):
        store.drill("one")
