"""A run reads its own code from the disk before anything is changed, and never again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import clawupgrade
from clawupgrade.cli import whole
from clawupgrade.cli.parser import parse
from clawupgrade.cli.room import opened

SCRIPT = """
import shutil, sys
sys.path.insert(0, sys.argv[1])
from clawupgrade.cli.whole import load_all
load_all()
shutil.rmtree(sys.argv[1])
sys.path_importer_cache.clear()
from clawupgrade.openclaw.document import Document
print(Document.parse("{a: 1}").set("b.c", [2]).move("a", "d").text)
from clawupgrade.cli.commands import NAMES, command_for
print(len([command_for(name) for name in NAMES]) > 20)
import clawupgrade.host.tls, clawupgrade.host.snapshots.restore, clawupgrade.app.report
print(clawupgrade.__file__.startswith(sys.argv[1]))
"""


def test_a_run_outlives_its_own_package(tmp_path: Path) -> None:

    shutil.copytree(
        Path(clawupgrade.__file__).parent, tmp_path / "clawupgrade", ignore=shutil.ignore_patterns("__pyc*")
    )
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, cwd="/", check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-2:] == ["True", "True"]


def test_whoever_takes_the_lock_has_all_of_it_and_whoever_looks_pays_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAWUPGRADE_HOME", str(tmp_path))
    calls: list[str] = []
    monkeypatch.setattr(whole, "load_all", lambda: calls.append("all"))
    with opened(parse(["status"]), locked=False):
        assert not calls
    with opened(parse(["run", "--yes"]), locked=True):
        assert calls == ["all"]
