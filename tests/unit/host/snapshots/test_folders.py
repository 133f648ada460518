from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clawupgrade.host import syscalls
from clawupgrade.host.snapshots.folders import private_folder, put_on_disk, write_private


def test_each_missing_folder_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        private_folder(tmp_path / "a/b/c")
        write_private(tmp_path / "a/f", [b"1", b"2"], durable=True)
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / path).stat().st_mode) for path in ("a", "a/b", "a/b/c")] == [0o700] * 3
    assert stat.S_IMODE((tmp_path / "a/f").stat().st_mode) == 0o600
    assert (tmp_path / "a/f").read_bytes() == b"12"


def test_threads_may_make_the_same_folder(tmp_path: Path) -> None:
    """Seen in the bench: two threads with the first contents of one shard."""
    with ThreadPoolExecutor(8) as pool:
        for number in range(50):
            list(pool.map(private_folder, [tmp_path / f"{number}/x/y"] * 8))


def test_a_few_are_synced_one_by_one_and_many_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """syncfs waits for what everybody wrote: not while the gateway is away, for three files."""
    files = [str(tmp_path / str(number)) for number in range(100)]
    for file in files:
        Path(file).touch()
    single: list[int] = []
    whole: list[int] = []
    monkeypatch.setattr(os, "fsync", single.append)
    monkeypatch.setattr(syscalls, "sync_filesystem", whole.append)
    put_on_disk(files[:3], [str(tmp_path)], [str(tmp_path)])
    assert (len(single), len(whole)) == (4, 0)
    put_on_disk(files, [str(tmp_path)], [str(tmp_path)])
    assert (len(single), len(whole)) == (4, 1)
