"""Podman's service in a Docker daemon's place: docker's own client and Compose speak with it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass

from .docker import Daemon


@dataclass(slots=True)
class Podman(Daemon):
    """`podman system service`: no daemon that would start anything by itself at boot."""

    def boot(self) -> None:
        """What it wishes for by itself is more than a machine may have to give."""
        (self.folder / "containers.conf").write_text(
            '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
        )
        Daemon.boot(self)

    @property
    def words(self) -> list[str]:
        """With storage, run time and events of its own: nothing of this machine's Podman is seen."""
        # Its database remembers where the run time is: that place has to be the same each time.
        places = ["--root", f"{self.data_root}/root", "--runroot", f"{self.data_root}/run"]
        places += ["--tmpdir", f"{self.data_root}/tmp"]
        ways = ["--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "file"]
        settings = f"CONTAINERS_CONF={self.folder}/containers.conf"
        return [
            "env",
            settings,
            "podman",
            *places,
            *ways,
            "system",
            "service",
            "--time",
            "0",
            f"unix://{self.folder}/docker.sock",
        ]


def find_podman_lack() -> str | None:
    """Why no Podman can be had, in one line; None where all is well."""
    missing = [tool for tool in ("podman", "crun", "conmon", "docker") if shutil.which(tool) is None]
    if missing:
        return f"Podman needs {', '.join(missing)} (see tests/real/lab/debian-packages.txt)"
    return None if os.geteuid() == 0 else "Podman needs root"
