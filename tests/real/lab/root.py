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
VOLUME_SIZE = 60 * 2**30
"""Sparse: nine prepared releases and their hosts take about 8 GB of it."""


@dataclass(frozen=True, slots=True)
class Lab:
    """The lab's folders below one root: a btrfs volume, so that copies of whole disks cost nothing."""

    root: Path

    @property
    def nodes(self) -> Path:
        """Node trees, one folder per version; hosts see it as /opt/node."""
        return self.root / "nodes"

    @property
    def releases(self) -> Path:
        """Prepared releases, one disk image per name."""
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
    """The lab at CLAWUPGRADE_LAB, or at its usual place, with its volume mounted and its folders made."""
    place = lab_place()
    volume, backing = place / "volume", place / "volume.btrfs"
    volume.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not volume.is_mount():
            if not backing.exists():
                scratch = backing.with_suffix(".new")
                with scratch.open("wb") as sparse:
                    sparse.truncate(VOLUME_SIZE)
                subprocess.run(["mkfs.btrfs", "--quiet", "--force", scratch], check=True, capture_output=True)
                scratch.rename(backing)
            subprocess.run(["mount", "-o", "loop,noatime", backing, volume], check=True)
        # Shared: a host's disk that is unmounted here is so in the namespaces of all other hosts too.
        subprocess.run(["mount", "--make-shared", volume], check=True)
    lab = Lab(volume)
    for folder in (lab.nodes, lab.releases, lab.runs, lab.npm_cache, lab.tarballs):
        folder.mkdir(exist_ok=True)
    return lab


def lab_place() -> Path:
    """The folder on this machine that holds the lab's volume."""
    return Path(os.environ.get("CLAWUPGRADE_LAB", DEFAULT_ROOT))


def npm_setting(key: str) -> str:
    """One setting of this machine's own npm (its registry, its cafile), "" where it has none."""
    done = subprocess.run(["npm", "config", "get", key], capture_output=True, text=True, check=True, cwd="/")
    value = done.stdout.strip()
    return "" if value in {"null", "undefined"} else value


def find_lack() -> str | None:
    """Why no real host can be had on this machine, in one line; None where all is well."""
    if os.geteuid() != 0:
        return "real hosts need root"
    tools = ("systemd-nspawn", "nsenter", "setpriv", "mkfs.btrfs", "mkfs.ext4", "npm")
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        return f"real hosts need {', '.join(missing)} (see tests/real/lab/debian-packages.txt)"
    if not Path("/dev/loop-control").exists():
        return "real hosts need loop devices"
    view = ["npm", "view", "openclaw", "dist-tags.latest", "--fetch-retries=0"]
    if subprocess.run(view, capture_output=True, cwd="/", check=False).returncode != 0:
        return "the npm registry does not answer"
    return None
