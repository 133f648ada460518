"""The disk in memory does what the real one does: the same calls, the same answers, the same refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clawupgrade.errors import StepFailed
from clawupgrade.host import durable, files
from clawupgrade.host.files import LocalFiles
from clawupgrade.ports import LEFTOVERS, Files
from clawupgrade.testing.files import MemoryFiles
from clawupgrade.testing.machine import born
from clawupgrade.testing.releases import Release

Act = Callable[[Files, str], object]


def _tree(disk: Files, root: str) -> None:
    disk.make_folder(f"{root}/a/b", mode=0o755)
    disk.write(f"{root}/a/b/file", b"content", mode=0o640)
    disk.write(f"{root}/a/other", b"", mode=0o600)
    disk.link(f"{root}/a/link", "b/file")
    disk.make_folder(f"{root}/c", mode=0o755)
    disk.write(f"{root}/c/file", b"c", mode=0o644)


ACTS: dict[str, Act] = {
    "write over": lambda disk, root: disk.write(f"{root}/a/other", b"new"),
    "write like": lambda disk, root: disk.write(f"{root}/a/new", b"new", like=f"{root}/a/b/file"),
    "write like nothing": lambda disk, root: disk.write(f"{root}/a/new", b"new", like=f"{root}/no", mode=0o644),
    "write through a link": lambda disk, root: disk.write(f"{root}/a/link", b"through", like=f"{root}/a/link"),
    "write without a folder": lambda disk, root: disk.write(f"{root}/no/file", b""),
    "read": lambda disk, root: disk.read(f"{root}/a/b/file"),
    "read through a link": lambda disk, root: disk.read(f"{root}/a/link"),
    "read nothing": lambda disk, root: disk.read(f"{root}/no"),
    "names": lambda disk, root: disk.names(f"{root}/a"),
    "names of nothing": lambda disk, root: disk.names(f"{root}/no"),
    "exists": lambda disk, root: [disk.exists(f"{root}/{path}") for path in ("a", "a/link", "a/b/file", "no")],
    "real": lambda disk, root: disk.real(f"{root}/a/link").removeprefix(root),
    "make what exists": lambda disk, root: disk.make_folder(f"{root}/a/b", mode=0o700),
    "remove a tree": lambda disk, root: disk.remove(f"{root}/a"),
    "remove a file": lambda disk, root: disk.remove(f"{root}/a/other"),
    "remove a link": lambda disk, root: disk.remove(f"{root}/a/link"),
    "remove nothing": lambda disk, root: disk.remove(f"{root}/no"),
    "rename": lambda disk, root: disk.rename(f"{root}/a", f"{root}/c/a"),
    "rename onto something": lambda disk, root: disk.rename(f"{root}/a/other", f"{root}/c/file"),
    "rename onto a folder": lambda disk, root: disk.rename(f"{root}/a", f"{root}/c"),
    "rename nothing": lambda disk, root: disk.rename(f"{root}/no", f"{root}/d"),
    "exchange": lambda disk, root: disk.exchange(f"{root}/a", f"{root}/c"),
    "exchange with nothing": lambda disk, root: disk.exchange(f"{root}/a", f"{root}/no"),
    "copy a tree": lambda disk, root: disk.copy_tree(f"{root}/a", f"{root}/copy"),
    "copy onto something": lambda disk, root: disk.copy_tree(f"{root}/a", f"{root}/c"),
    "copy nothing": lambda disk, root: disk.copy_tree(f"{root}/no", f"{root}/copy"),
    "link over a link": lambda disk, root: disk.link(f"{root}/a/link", "other"),
    "sync": lambda disk, root: disk.sync_tree(f"{root}/a"),
    "sync nothing": lambda disk, root: disk.sync_tree(f"{root}/no"),
}


@pytest.mark.parametrize("act", ACTS)
def test_both_disks_do_the_same(act: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    real = _seen(LocalFiles(commands=None), str(tmp_path), ACTS[act])  # type: ignore[arg-type]
    memory = MemoryFiles(born([Release("2026.6.11")]).world)
    memory.make_folder("/r", mode=0o755)
    assert _seen(memory, "/r", ACTS[act]) == real


def test_what_a_cut_off_change_leaves_is_named_by_the_ports() -> None:
    assert set(LEFTOVERS) == {durable._NEW, files._ASIDE}


def _seen(disk: Files, root: str, act: Act) -> tuple[object, object]:
    _tree(disk, root)
    try:
        answer: object = act(disk, root)
    except (OSError, StepFailed) as error:
        answer = type(error)
    return answer, dict(disk.manifest(root))
