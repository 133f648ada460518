"""The checkout's clawupgrade for hosts: a folder built anew per test session and bound in read-only."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .entry import VENV_INSIDE
from .root import Lab

SYSTEM_PYTHON = "/usr/bin/python3"
"""What a host has; this checkout's own interpreter may be one that only root can reach."""


def _pip(venv: Path, *words: str) -> None:
    pip = [sys.executable, "-m", "pip", "-q", "--python", f"{venv}/bin/python", "install", *words]
    subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)


def _lay_dependencies(lab: Lab, checkout: Path) -> Path:
    """A venv with the checkout's dependencies alone, kept until they change."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]["notice"]
    wanted = [*project["project"]["dependencies"], *extras, *project["build-system"]["requires"]]
    stamp = hashlib.sha256("\n".join(sorted(wanted)).encode()).hexdigest()[:12]
    done = lab.root / "venvs" / f"deps-{stamp}"
    done.parent.mkdir(exist_ok=True)
    with lab.locked(done.name):
        if not done.exists():
            scratch = done.with_suffix(".new")
            shutil.rmtree(scratch, ignore_errors=True)
            subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--without-pip", scratch], check=True)
            _pip(scratch, *wanted)
            scratch.rename(done)
    return done


@contextmanager
def install_checkout(lab: Lab, checkout: Path) -> Iterator[Path]:
    """A venv with the checkout as it is now, to be bound at /opt/clawupgrade; removed at the end.

    Never the checkout itself: a host sees a file that changes below its overlay in its old form.
    """
    dependencies = _lay_dependencies(lab, checkout)
    with tempfile.TemporaryDirectory(dir=lab.root / "venvs", prefix="session-") as name:
        venv = Path(name) / "venv"
        subprocess.run(["cp", "-a", dependencies, venv], check=True)
        _pip(venv, "--no-deps", "--no-build-isolation", str(checkout))
        script = venv / "bin/clawupgrade"
        first, rest = script.read_text().split("\n", 1)
        script.write_text(f"#!{VENV_INSIDE}/bin/python\n{rest}")
        if not first.startswith("#!"):
            raise RuntimeError(f"{script} is no script: {first!r}")
        Path(name).chmod(0o755)
        yield venv
