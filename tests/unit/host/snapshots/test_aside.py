from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from clawupgrade.host.snapshots.aside import Aside


def _no(*_: object, **__: object) -> None:
    raise OSError(errno.EXDEV, "another file system")


@pytest.fixture(params=["same file system", "another file system"])
def aside(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aside:
    if request.param == "another file system":
        real = os.rename
        monkeypatch.setattr(os, "link", _no)
        monkeypatch.setattr(os, "rename", lambda a, b: real(a, b) if str(a).endswith("-copy") else _no())
    return Aside(tmp_path / "aside")


def test_a_file_that_is_replaced_has_its_bytes_kept(tmp_path: Path, aside: Aside) -> None:
    (tmp_path / "f").write_text("old")
    aside.keep(str(tmp_path / "f"), "state/d/f")
    (tmp_path / "g").write_text("new")
    (tmp_path / "g").replace(tmp_path / "f")
    assert (tmp_path / "aside/state/d/f").read_text() == "old"
    assert (tmp_path / "aside/state").stat().st_mode & 0o077 == 0


def test_a_file_that_is_removed_moves(tmp_path: Path, aside: Aside) -> None:
    (tmp_path / "l").symlink_to("nowhere")
    aside.take(str(tmp_path / "l"), "l")
    assert not (tmp_path / "l").is_symlink()
    assert (tmp_path / "aside/l").readlink() == Path("nowhere")


def test_what_came_first_is_never_overwritten(tmp_path: Path, aside: Aside) -> None:
    for text in ("one", "two"):
        (tmp_path / "f").write_text(text)
        aside.take(str(tmp_path / "f"), "f")
    assert ((tmp_path / "aside/f").read_text(), (tmp_path / "aside/f.1").read_text()) == ("one", "two")


def test_the_same_file_is_not_kept_twice(tmp_path: Path) -> None:
    aside = Aside(tmp_path / "aside")
    (tmp_path / "f").write_text("old")
    aside.keep(str(tmp_path / "f"), "f")
    aside.keep(str(tmp_path / "f"), "f")
    assert [path.name for path in (tmp_path / "aside").iterdir()] == ["f"]
