from __future__ import annotations

from pathlib import Path

import pytest

from clawupgrade.host.snapshots.sources import Placed, Source, Spared, place, placed, spared


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 200])
def test_a_name_must_be_safe_as_a_file_name(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        place(Source(name, Path("/tmp")))


def test_a_relative_path_is_no_place() -> None:
    with pytest.raises(ValueError, match="not absolute"):
        place(Source("state", Path("state")))


def test_a_link_at_the_top_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    at = place(Source("state", tmp_path / "link", ("*.log",)))
    assert at == Placed("state", str(tmp_path / "link"), str(tmp_path / "real"), ("*.log",))
    assert placed(at.record()) == at


@pytest.mark.parametrize(
    ("patterns", "path", "covered"),
    [
        (("*.log",), "a/b/c.log", True),
        (("*.log",), "c.log.1", False),
        (("logs/",), "logs", True),
        (("logs",), "x/logs", False),
        (("*/node_modules",), "workspace/x/node_modules", True),
        (("media/*",), "media", False),
        (("media/*",), "media/a", True),
        ((), "anything", False),
        (("/",), "anything", False),
        (("*",), "odd\udcff\n", True),
    ],
)
def test_patterns_are_relative_and_a_star_crosses_folders(patterns: tuple[str, ...], path: str, covered: bool) -> None:
    assert Spared(patterns).covers(path) is covered


def test_the_store_spares_itself_where_it_lies_inside(tmp_path: Path) -> None:
    source = place(Source("state", tmp_path))
    assert spared(source, str(tmp_path), tmp_path / "deep/store").covers("deep/store")
    assert not spared(source, str(tmp_path), tmp_path.parent / "store").covers("../store")
