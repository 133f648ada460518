"""What people install: the wheel in an empty environment, the source archive, the single file (`make package`)."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from stub.place import NEW, OLD, Stub, stub_host

TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive."""
    folder = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "build", "--outdir", str(folder), str(TOP))
    return folder


@pytest.fixture(scope="module")
def environment(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment, into which nothing but the wheel and what it asks for was installed."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    (wheel,) = built.glob("*.whl")
    call(str(folder / "bin/python"), "-m", "pip", "install", "--quiet", str(wheel))
    return folder


def call(*words: str) -> str:
    """Run a command; its output, or a failure with its last words."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/", timeout=900)
    assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def upgrade_with(stub: Stub, *program: str) -> None:
    """A whole run on a stub host with that program, and back again."""
    env = {name: text for name, text in stub.environment.items() if name != "PYTHONPATH"}
    for words, version in ((["run", "--yes", "--json"], NEW), (["rollback", "--yes", "--json"], OLD)):
        done = subprocess.run([*program, *words], env=env, cwd=stub.home, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["to_version"] == version
        assert stub.installed == version


def test_the_wheel_works_in_an_empty_environment(environment: Path, tmp_path: Path) -> None:
    tool = str(environment / "bin/clawupgrade")
    assert call(tool, "--version").startswith("clawupgrade ")
    assert "whole" in call(tool, "self-check")
    assert (environment / "share/man/man1/clawupgrade.1").read_text().startswith(".TH CLAWUPGRADE 1")
    assert (environment / "share/clawupgrade/hooks/clawupgrade.timer").exists()
    with stub_host(tmp_path / "host") as stub:
        upgrade_with(stub, tool)


def test_the_source_archive_holds_what_a_build_needs(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert {"pyproject.toml", "clawupgrade/cli/parser.py", "man/clawupgrade.1", "hooks/clawupgrade.timer"} <= names
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        assert not [name for name in opened.namelist() if name.startswith(("tests/", "docs/"))]


def test_the_single_file_works_and_its_watcher_calls_it_again(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    file = tmp_path / "clawupgrade.pyz"
    shiv = str(Path(sys.executable).with_name("shiv"))
    call(shiv, "--output-file", str(file), "--console-script", "clawupgrade", str(wheel), "--quiet")
    with stub_host(tmp_path / "host") as stub:
        upgrade_with(stub, sys.executable, str(file))
        first = min((stub.folder / "runs").glob("*/journal*"))
        assert str(file) in first.read_text().splitlines()[0]  # how the watcher would call it
