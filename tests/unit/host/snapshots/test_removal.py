from __future__ import annotations

from pathlib import Path

import pytest

from clawupgrade.host.snapshots.aside import Aside
from clawupgrade.host.snapshots.errors import SnapshotDamaged
from clawupgrade.host.snapshots.removal import Removal
from clawupgrade.host.snapshots.sources import Spared


def _tree(tmp_path: Path) -> Path:
    (tmp_path / "s/d/e").mkdir(parents=True)
    (tmp_path / "s/d/e/a.log").write_text("log")
    (tmp_path / "s/d/b").write_text("b")
    return tmp_path / "s"


def test_a_tree_goes_and_is_counted(tmp_path: Path) -> None:
    removal = Removal(str(_tree(tmp_path)), "state", Spared(()), None)
    removal.remove("d")
    removal.remove("d")
    assert [*(tmp_path / "s").iterdir()] == []
    assert removal.count == 4
    assert str(tmp_path / "s") in removal.touched


def test_what_was_left_out_stays_with_its_folders(tmp_path: Path) -> None:
    removal = Removal(str(_tree(tmp_path)), "state", Spared(("*.log",)), None)
    removal.remove("d")
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "s",
        "s/d",
        "s/d/e",
        "s/d/e/a.log",
    ]
    with pytest.raises(SnapshotDamaged, match="left out of the snapshot stand in the way"):
        removal.remove("d", whole=True)
    assert (tmp_path / "s/d/e/a.log").exists()


def test_all_goes_aside_under_its_own_name(tmp_path: Path) -> None:
    removal = Removal(str(_tree(tmp_path)), "state", Spared(()), Aside(tmp_path / "aside"))
    removal.remove(".")
    assert not (tmp_path / "s").exists()
    assert (tmp_path / "aside/state/d/b").read_text() == "b"


def test_a_link_to_a_folder_is_a_link(tmp_path: Path) -> None:
    _tree(tmp_path)
    (tmp_path / "s/link").symlink_to(tmp_path)
    Removal(str(tmp_path / "s"), "state", Spared(()), None).remove("link")
    assert (tmp_path / "s/d/b").exists()
