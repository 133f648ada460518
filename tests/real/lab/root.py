"""Where the lab keeps things on this machine, and what it needs of the machine to work at all."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DEFAULT_ROOT = Path("/var/cache/clawupgrade-lab")


@dataclass(frozen=True, slots=True)
class Lab:
    """The lab's folders below one root, which must not lie on an overlay file system."""

    root: Path

    @property
    def nodes(self) -> Path:
        """Node trees, one folder per version; hosts see it as /opt/node."""
        return self.root / "nodes"

    @property
    def releases(self) -> Path:
        """Prepared releases, one folder per name."""
        return self.root / "releases"

    @property
    def runs(self) -> Path:
        """Hosts that live now, one folder each."""
        return self.root / "runs"

    @property
    def npm_cache(self) -> Path:
        """npm's cache, shared by all hosts as ~/.npm."""
        return self.root / "npm-cache"

    @property
    def tarballs(self) -> Path:
        """Package tarballs: real ones as downloaded, broken ones as built."""
        return self.root / "tarballs"

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the lab-wide lock `name`, so that two test runs do not prepare the same thing."""
        folder = self.root / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def open_lab() -> Lab:
    """The lab at CLAWUPGRADE_LAB, or at its usual place; its folders exist afterwards."""
    lab = Lab(Path(os.environ.get("CLAWUPGRADE_LAB", DEFAULT_ROOT)))
    for folder in (lab.nodes, lab.releases, lab.runs, lab.npm_cache, lab.tarballs):
        folder.mkdir(parents=True, exist_ok=True)
    return lab


def npm_setting(key: str) -> str:
    """One setting of this machine's own npm (its registry, its cafile), "" where it has none."""
    done = subprocess.run(["npm", "config", "get", key], capture_output=True, text=True, check=True, cwd="/")
    value = done.stdout.strip()
    return "" if value in {"null", "undefined"} else value


def find_lack() -> str | None:
    """Why no real host can be had on this machine, in one line; None where all is well."""
    if os.geteuid() != 0:
        return "real hosts need root"
    missing = [tool for tool in ("systemd-nspawn", "nsenter", "setpriv", "npm") if shutil.which(tool) is None]
    if missing:
        return f"real hosts need {', '.join(missing)} (see tests/real/lab/debian-packages.txt)"
    root = Path(os.environ.get("CLAWUPGRADE_LAB", DEFAULT_ROOT))
    existing = next(place for place in (root, *root.parents) if place.exists())
    kind = subprocess.run(["stat", "-fc", "%T", existing], capture_output=True, text=True, check=True)
    if kind.stdout.strip() in {"overlayfs", "tmpfs"}:
        return f"{root} lies on {kind.stdout.strip()}: set CLAWUPGRADE_LAB to a folder on a real file system"
    view = ["npm", "view", "openclaw", "dist-tags.latest", "--fetch-retries=0"]
    if subprocess.run(view, capture_output=True, cwd="/", check=False).returncode != 0:
        return "the npm registry does not answer"
    return None
