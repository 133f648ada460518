"""A power cut takes what was not synced: when the ref is written, all that it leads to is on the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clawupgrade.host import syscalls
from clawupgrade.host.snapshots import SnapshotStore, Source
from clawupgrade.host.snapshots.objects import SMALL
from clawupgrade.host.snapshots.repository import SNAPSHOTS

_CACHES = {"seen", "drafts", "checksums", "unsettled"}  # losing them costs time only; a draft is no snapshot


class Disk:
    """Which files and folders are on the disk, by the calls that put them there."""

    def __init__(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._store = store
        self._synced: dict[int, object] = {}
        self.lost: list[str] | None = None
        fsync, rename, syncfs = os.fsync, os.rename, syscalls.sync_filesystem

        def synced(descriptor: int) -> None:
            fsync(descriptor)
            self._note(Path(os.readlink(f"/proc/self/fd/{descriptor}")))

        def synced_all(descriptor: int) -> None:
            syncfs(descriptor)
            for path in self._all():
                self._note(path)

        def renamed(source: str | Path, target: str | Path) -> None:
            if str(target).endswith(SNAPSHOTS + "one"):
                self.lost = [str(path.relative_to(store)) for path in self._all() if not self._is_on_disk(path)]
            rename(source, target)

        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(os, "rename", renamed)
        monkeypatch.setattr(syscalls, "sync_filesystem", synced_all)

    def _all(self) -> list[Path]:
        return [self._store, *self._store.rglob("*")]

    def _note(self, path: Path) -> None:
        self._synced[path.lstat().st_ino] = self._state(path)

    def _is_on_disk(self, path: Path) -> bool:
        return bool(_CACHES & {*path.relative_to(self._store).parts}) or (
            self._state(path) in (self._synced.get(path.lstat().st_ino), set())
        )

    @staticmethod
    def _state(path: Path) -> object:
        """Of a file when it was last written, of a folder the names in it: a cache that comes later is no loss."""
        if path.is_dir():
            return {name for name in os.listdir(path) if name.removesuffix(".new") not in _CACHES}
        return path.lstat().st_mtime_ns


@pytest.mark.parametrize("many", [False, True], ids=["a few, one by one", "many, at one stroke"])
def test_what_the_ref_leads_to_was_synced_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: bool) -> None:
    state = tmp_path / "state"
    state.mkdir()
    for number in range(80 if many else 3):
        (state / f"small-{number}").write_bytes(os.urandom(100))
        (state / f"large-{number}").write_bytes(os.urandom(SMALL + 1))
    store = SnapshotStore(tmp_path / "store")
    disk = Disk(tmp_path / "store", monkeypatch)
    store.take("one", [Source("state", state)], readable=[state / "small-0"])
    store.verify("one")
    store.seal("one")
    assert disk.lost is not None, "no ref was written"
    assert disk.lost == []
