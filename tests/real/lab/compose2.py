"""Compose v2: Debian 12 has 1.29 only, the plugin is taken out of the next Debian's package by apt's own download."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from .root import Lab

_SOURCE = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main\n"
_PLUGIN = "usr/libexec/docker/cli-plugins/docker-compose"


def lay_compose2(lab: Lab) -> Path:
    """The plugin's file, fetched once. This machine's own apt knows nothing of it."""
    done = lab.root / "compose2"
    with lab.locked("compose2"):
        if not done.exists():
            with tempfile.TemporaryDirectory(dir=lab.root) as name:
                scratch = Path(name)
                _fetch(scratch)
                (scratch / _PLUGIN).rename(done)
    return done


def _fetch(scratch: Path) -> None:
    (scratch / "lists/partial").mkdir(parents=True)
    (scratch / "cache/archives/partial").mkdir(parents=True)
    (scratch / "sources.list").write_text(_SOURCE)
    places = {
        "Dir::Etc::sourcelist": scratch / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": scratch / "lists",
        "Dir::Cache": scratch / "cache",
        "APT::Sandbox::User": "root",
    }
    options = [word for key, value in places.items() for word in ("-o", f"{key}={value}")]
    for words in (["update"], ["download", "docker-compose"]):
        subprocess.run(["apt-get", "-qq", *options, *words], check=True, cwd=scratch, capture_output=True)
    (package,) = scratch.glob("docker-compose_*.deb")
    subprocess.run(["dpkg-deb", "-x", package, scratch], check=True)
