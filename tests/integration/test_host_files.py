"""The disk under kills, at size, and on file systems that refuse."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clawupgrade.host import trees

ROOT = Path(__file__).parents[2]
BEGIN = """
import sys
from clawupgrade.host.files import LocalFiles
files, folder = LocalFiles(None), sys.argv[1]
print("ready", flush=True)
"""
CASES = {
    "exchange": 'while True: files.exchange(folder + "/a", folder + "/b")',
    "write": """
n = 0
while True:
    n = (n + 1) % 10
    files.write(folder + "/config", str(n).encode() * 50_000, like=folder + "/config")
""",
    "link": """
n = 0
while True:
    n = 1 - n
    files.link(folder + "/current", ("a", "b")[n])
""",
    "copy": """
while True:
    files.copy_tree(folder + "/a", folder + "/copy")
    files.remove(folder + "/copy")
""",
}


def _prepare(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
        for number in range(40):
            (folder / name / f"{number}").write_text(name)
    (folder / "config").write_bytes(b"0" * 50_000)
    (folder / "current").symlink_to("a")


def _is_whole(folder: Path, case: str) -> bool:
    match case:
        case "exchange":
            contents = [{file.read_text() for file in (folder / name).iterdir()} for name in ("a", "b")]
            return sorted(map(tuple, contents)) == [("a",), ("b",)]
        case "write":
            content = (folder / "config").read_bytes()
            return len(content) == 50_000 and len(set(content)) == 1
        case "link":
            return os.readlink(folder / "current") in ("a", "b")
        case _:
            copy = folder / "copy"
            return not copy.exists() or trees.manifest(str(copy)) == trees.manifest(str(folder / "a"))


@pytest.mark.parametrize("case", CASES)
def test_a_kill_at_any_moment_leaves_one_whole_or_the_other(tmp_path: Path, case: str) -> None:
    _prepare(tmp_path)
    chance = random.Random(7)
    for _ in range(6):
        worker = subprocess.Popen(
            [sys.executable, "-c", BEGIN + CASES[case], str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
        )
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.15))
        worker.kill()
        worker.wait()
        assert _is_whole(tmp_path, case)


def test_thirteen_thousand_files_are_hashed_in_seconds(tmp_path: Path) -> None:
    """As many as one OpenClaw package has; counted in processor time, since the machine may be busy."""
    block = os.urandom(2_000)
    for number in range(130):
        (tmp_path / f"t/{number}").mkdir(parents=True)
        for name in range(100):
            (tmp_path / f"t/{number}/{name}").write_bytes(block)
    began = time.process_time()
    found = trees.manifest(str(tmp_path / "t"))
    assert time.process_time() - began < 4
    assert len(found) == 13_130
    shutil.rmtree(tmp_path / "t")


OVERLAY = """
set -e
mkdir -p "$1/lower/pkg" "$1/upper" "$1/work" "$1/merged"
echo old > "$1/lower/pkg/version"
mount -t tmpfs none "$1/upper" && mkdir "$1/upper/u" "$1/upper/w"
layers="lowerdir=$1/lower,upperdir=$1/upper/u,workdir=$1/upper/w"
mount -t overlay overlay -o "$layers,redirect_dir=off" "$1/merged"
mkdir "$1/merged/stage" && echo new > "$1/merged/stage/version"
exec "$2" -c "$3" "$1/merged"
"""
ON_OVERLAY = """
import sys
from clawupgrade.errors import StepFailed
from clawupgrade.host.files import LocalFiles
files, folder = LocalFiles(None), sys.argv[1]
print(files.movable(folder + "/pkg"), files.movable(folder + "/stage"))
try:
    files.exchange(folder + "/pkg", folder + "/stage")
except StepFailed as error:
    print(error.message, "|", error.hint)
print(files.read(folder + "/pkg/version"), files.read(folder + "/stage/version"))
files.remove(folder + "/pkg")
print(files.names(folder))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts an overlay")
def test_a_package_that_came_with_a_containers_image_cannot_be_moved_and_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", OVERLAY, "sh", str(tmp_path), sys.executable, ON_OVERLAY],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    movable, refusal, contents, names = done.stdout.splitlines() or [done.stderr, "", "", ""]
    assert movable == "False True", done.stderr
    assert "cannot be moved" in refusal
    assert "container's image" in refusal
    assert contents == r"b'old\n' b'new\n'", "nothing was moved"
    assert names == "('stage',)", "but it can be removed"


READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$2" -c "$3" "$1"'
ON_READ_ONLY = """
import os, sys
from clawupgrade.host.commands import LocalCommands
from clawupgrade.host.files import LocalFiles
from clawupgrade.host.scrub import Scrub
from clawupgrade.model import Account

class Open:
    def taken(self): return None
    def shut(self): pass

commands = LocalCommands(fence=Open(), own=Account("root", 0, 0, "/"), caller=os.environ, scrub=Scrub())
print(LocalFiles(commands).writable(sys.argv[1]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_root_is_not_fooled_by_modes_on_a_read_only_disk(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", READ_ONLY, "sh", str(tmp_path), sys.executable, ON_READ_ONLY],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.stdout == "False\n", done.stderr
