from __future__ import annotations

import os
from pathlib import Path

import pytest

from clawupgrade.host.snapshots import ahead
from clawupgrade.host.snapshots.ahead import read_ahead


def _spied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked = list[str]()
    real = os.posix_fadvise

    def advise(descriptor: int, offset: int, length: int, advice: int) -> None:
        asked.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor, offset, length, advice)

    monkeypatch.setattr(os, "posix_fadvise", advise)
    return asked


def test_every_file_comes_in_order_and_was_asked_for_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _spied(monkeypatch)
    files = [tmp_path / str(number) for number in range(ahead._FILES + 40)]
    for file in files:
        file.write_bytes(b"content")
    came = list[Path]()
    for file in read_ahead(files, lambda file: (str(file), 7)):
        came.append(file)
        assert len(asked) == min(len(files), len(came) + ahead._FILES)
    assert came == files
    assert asked == [str(file) for file in files]


def test_few_large_files_are_far_enough_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _spied(monkeypatch)
    file = tmp_path / "file"
    file.write_bytes(b"content")
    coming = read_ahead([file] * 100, lambda file: (str(file), ahead._BYTES // 4))
    next(coming)
    assert len(asked) == 5


def test_what_cannot_be_opened_or_would_hang_comes_all_the_same(tmp_path: Path) -> None:
    os.mkfifo(fifo := tmp_path / "fifo")
    (link := tmp_path / "link").symlink_to(tmp_path / "nowhere")
    files = [tmp_path / "gone", fifo, link, tmp_path]
    assert list(read_ahead(files, lambda file: (str(file), 0))) == files
