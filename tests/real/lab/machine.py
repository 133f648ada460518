"""One booted system: an overlay over this machine's root under systemd-nspawn, with its own init."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from .disk import unmount
from .root import Lab

BOOT_PATIENCE = 60.0


@dataclass(slots=True)
class Machine:
    """A system on the mounted disk `folder`/disk: its upper, home and tmp, and what else is bound in."""

    lab: Lab
    folder: Path
    binds: list[str]
    init_pid: int = 0
    _nspawn: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The machine's name, unique on this machine."""
        return self.folder.name

    @property
    def root(self) -> Path:
        """The running system's root, seen from outside."""
        return Path(f"/proc/{self.init_pid}/root")

    def boot(self) -> None:
        """Mount and start; returns when its init runs. Raises RuntimeError when it never does."""
        merged, disk = self.folder / "root", self.folder / "disk"
        merged.mkdir(exist_ok=True)
        layers = f"lowerdir=/,upperdir={disk}/upper,workdir={disk}/work"
        subprocess.run(["mount", "-t", "overlay", self.name, "-o", layers, merged], check=True)
        cgroup = _cgroup_of(self.name)
        cgroup.mkdir(exist_ok=True)
        # Each in its own control group: nspawn's "payload" group of two hosts in one would be one
        # and the same, and one host's manager would kill the other's processes.
        start = ["sh", "-c", 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"', "sh", str(cgroup)]
        boot = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "-D", str(merged)]
        boot += [
            "-M",
            self.name,
            "--boot",
            "--private-users=no",
            "--resolv-conf=off",
            "--link-journal=no",
            "--console=pipe",
        ]
        boot += [f"--tmpfs={self.lab.root.parent}:mode=0700"]
        boot += [f"--bind={disk}/home:/home", f"--bind={disk}/tmp:/tmp", *self.binds]
        env = os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        with (self.folder / "console").open("ab") as console:
            self._nspawn = subprocess.Popen(
                [*start, *boot], env=env, stdin=subprocess.DEVNULL, stdout=console, stderr=console
            )
        self.init_pid = self._await_init(self._nspawn)

    def _await_init(self, nspawn: subprocess.Popen[bytes]) -> int:
        end = time.monotonic() + BOOT_PATIENCE
        while time.monotonic() < end and nspawn.poll() is None:
            for pid in _children(nspawn.pid):
                if _is_init(pid) and Path(f"/proc/{pid}/root/run/systemd/private").exists():
                    return pid
            time.sleep(0.05)
        tail = (self.folder / "console").read_text(errors="replace")[-2000:]
        self.kill()
        raise RuntimeError(f"host {self.name} did not boot:\n{tail}")

    def kill(self) -> None:
        """Pull the plug: its init dies by SIGKILL and all its processes with it; nothing stays mounted."""
        if self._nspawn is not None:
            doomed = [pid for pid in _children(self._nspawn.pid) if _is_init(pid)] or [self._nspawn.pid]
            for pid in doomed:
                _kill(pid)
            self._nspawn.wait(timeout=30)
            self._nspawn = None
            self.init_pid = 0
        self._clear_away()

    def kill_left_over(self) -> None:
        """Kill the host of a test run that died: whatever still runs in its control group."""
        switch = _cgroup_of(self.name) / "cgroup.kill"
        if switch.exists():
            switch.write_text("1")
        self._clear_away()

    def _clear_away(self) -> None:
        _remove_cgroup(_cgroup_of(self.name))
        unmount(self.folder / "root")


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _is_init(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    numbers = next((line.split() for line in status.splitlines() if line.startswith("NSpid:")), [])
    return len(numbers) > 2 and numbers[-1] == "1"


def _cgroup_of(name: str) -> Path:
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(place) / name
    raise RuntimeError("this machine has no cgroup2 hierarchy")


def _remove_cgroup(top: Path) -> None:
    for _ in range(50):
        if not top.exists():
            return
        for folder, _, _ in os.walk(top, topdown=False):
            try:
                Path(folder).rmdir()
            except OSError:  # processes of the killed host are still being reaped: look again
                time.sleep(0.05)
