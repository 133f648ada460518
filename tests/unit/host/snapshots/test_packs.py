from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clawupgrade.host.snapshots.packs import Packs


def _put(packs: Packs, data: bytes) -> str:
    name = hashlib.sha256(data).hexdigest()
    packs.append(data, name)
    return name


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_pack_exists_with_its_index(tmp_path: Path) -> None:
    packs = Packs(str(tmp_path / "packs"))
    name = _put(packs, b"content")
    assert packs.read(name) == b"content"
    assert not Packs(str(tmp_path / "packs")).holds(name), "a run cut short here has stored nothing"
    packs.finish()
    packs.finish()
    assert Packs(str(tmp_path / "packs")).read(name) == b"content"
    assert _files(tmp_path / "packs") == ["000000.index", "000000.pack"]


def test_threads_append_whole_contents(tmp_path: Path) -> None:
    packs = Packs(str(tmp_path / "packs"))
    contents = [os.urandom(number % 977) for number in range(2000)]
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda data: _put(packs, data), contents))
    packs.finish()
    again = Packs(str(tmp_path / "packs"))
    assert [again.read(name) for name in names] == contents


def test_what_a_run_left_behind_goes_with_the_next_sweep(tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    kept = Packs(str(folder))
    name = _put(kept, b"kept")
    kept.finish()
    _put(kept, b"cut short")
    again = Packs(str(folder))
    again.sweep({name})
    assert _files(folder) == ["000000.index", "000000.pack"]
    assert again.read(name) == b"kept"
    _put(again, b"next")
    again.finish()
    assert _files(folder) == ["000000.index", "000000.pack", "000001.index", "000001.pack"]


def test_a_pack_that_is_mostly_empty_is_written_anew(tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    packs = Packs(str(folder))
    names = [_put(packs, os.urandom(50_000)) for _ in range(10)]
    packs.finish()
    other = _put(packs, os.urandom(50_000))
    packs.finish()
    assert packs.sweep({*names[:6], other}) == 0, "half of it is needed"
    assert packs.sweep({names[3], other}) > 400_000
    assert len(packs.read(names[3])) == 50_000
    again = Packs(str(folder))
    assert [hashlib.sha256(again.read(name)).hexdigest() for name in (names[3], other)] == [names[3], other]
    assert not again.holds(names[0])
    assert again.sweep(set()) > 0
    assert _files(folder) == []


def test_cut_short_while_a_pack_is_written_anew_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "packs"
    packs = Packs(str(folder))
    names = [_put(packs, os.urandom(5000)) for _ in range(10)]
    packs.finish()
    real = os.unlink

    def dies(path: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "unlink", dies)
    with pytest.raises(KeyboardInterrupt):
        packs.sweep({names[0]})
    monkeypatch.setattr(os, "unlink", real)
    again = Packs(str(folder))
    assert hashlib.sha256(again.read(names[0])).hexdigest() == names[0]
    again.sweep({names[0]})
    assert len(_files(folder)) == 2
    assert hashlib.sha256(Packs(str(folder)).read(names[0])).hexdigest() == names[0]


def test_a_pack_whose_index_cannot_be_read_is_not_swept(tmp_path: Path) -> None:
    """Its contents are missing to us, but a person may still save them."""
    folder = tmp_path / "packs"
    packs = Packs(str(folder))
    name = _put(packs, b"content")
    packs.finish()
    index = folder / "000000.index"
    index.write_bytes(index.read_bytes().replace(b" 0 7", b" 1 7"))
    again = Packs(str(folder))
    assert not again.holds(name)
    again.sweep(set())
    assert _files(folder) == ["000000.index", "000000.pack"]


def test_a_forgotten_content_is_forgotten_for_good(tmp_path: Path) -> None:
    packs = Packs(str(tmp_path / "packs"))
    gone, kept = _put(packs, b"gone"), _put(packs, b"kept")
    packs.finish()
    packs.forget(gone)
    again = Packs(str(tmp_path / "packs"))
    assert (again.holds(gone), again.read(kept)) == (False, b"kept")


def test_what_was_just_put_can_be_read_before_it_is_written_out(tmp_path: Path) -> None:
    packs = Packs(str(tmp_path / "packs"))
    names = [_put(packs, bytes([number]) * 400_000) for number in range(7)]
    assert [packs.read(name)[0] for name in names] == list(range(7))


def test_a_write_that_fails_leaves_nothing_of_its_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Contents wait for one write: what was said to be here before it failed must not be named afterwards."""
    packs = Packs(str(tmp_path / "packs"))
    kept = _put(packs, b"kept")
    packs.finish()
    lost = _put(packs, b"lost")

    def full(target: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        packs.finish()
    monkeypatch.undo()
    packs.finish()
    assert (packs.holds(kept), packs.holds(lost)) == (True, False)
    again = _put(packs, b"lost")
    packs.finish()
    assert Packs(str(tmp_path / "packs")).read(again) == b"lost"
