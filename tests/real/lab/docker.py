"""A Docker daemon of the lab's own: its data root on the lab's volume, its socket in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from .compose2 import lay_compose2
from .root import Lab

NETWORK = ("--iptables=false", "--ip6tables=false", "--bridge=none")
"""Nothing on this machine is changed by it: containers share the machine's network, or have none."""
_UP_WITHIN = 60.0
_DOWN_WITHIN = 60.0


@dataclass(slots=True)
class Daemon:
    """One dockerd. `env` leads its clients to it; `folder` holds its socket, pid and log."""

    folder: Path
    data_root: Path
    plugin: bool
    process: subprocess.Popen[bytes] = field(init=False, repr=False)

    @property
    def env(self) -> dict[str, str]:
        """What a shell has that speaks with it."""
        system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        config = self.folder / ("v2" if self.plugin else "v1")
        return {
            "PATH": system,
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "DOCKER_HOST": f"unix://{self.folder}/docker.sock",
            "DOCKER_CONFIG": str(config),
        }

    def run(
        self, *argv: str, check: bool = True, stdin: bytes | None = None, cwd: Path | None = None, timeout: float = 600
    ) -> subprocess.CompletedProcess[str]:
        """A client's command. Raises AssertionError with what it said."""
        done = subprocess.run(
            argv, env=self.env, capture_output=True, check=False, timeout=timeout, cwd=cwd, input=stdin
        )
        said = subprocess.CompletedProcess(
            argv, done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        )
        if check and said.returncode != 0:
            raise AssertionError(
                f"{' '.join(argv)} ended {said.returncode}\n{said.stdout[-2000:]}\n{said.stderr[-2000:]}"
            )
        return said

    def docker(self, *words: str, check: bool = True) -> str:
        """What docker answers."""
        return self.run("docker", *words, check=check).stdout

    def image_id(self, name: str) -> str:
        """The id that a name leads to; "" for none."""
        return self.run("docker", "image", "inspect", "--format", "{{.Id}}", name, check=False).stdout.strip()

    def lose_power(self) -> None:
        """Everything that belongs to it is gone at once: no container is stopped, nothing is written down.

        What the kernel had not written yet is not lost.
        """
        ours = [each for each in psutil.process_iter() if each.pid == self.process.pid or self._is_shim(each)]
        # The daemon first: it must not see its containers die.
        doomed = [*ours, *(child for each in ours for child in each.children(recursive=True))]
        for each in sorted(set(doomed), key=lambda each: each.pid != self.process.pid):
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(doomed, timeout=_DOWN_WITHIN)
        self.process.wait(_DOWN_WITHIN)
        # /run is empty after a boot, and nothing is mounted yet.
        for mount in reversed(Path("/proc/self/mounts").read_text().splitlines()):
            at = mount.split()[1]
            if at.startswith((f"{self.folder}/", f"{self.data_root}/")):
                subprocess.run(["umount", "--lazy", at], capture_output=True, check=False)
        shutil.rmtree(self.folder / "exec", ignore_errors=True)
        for name in ("pid", "docker.sock"):
            (self.folder / name).unlink(missing_ok=True)

    def boot(self) -> None:
        """The daemon starts, and what it starts by itself has been started when it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.words, stdout=log, stderr=log, start_new_session=True)
        _await(self)

    @property
    def words(self) -> list[str]:
        """The command line that stands at the socket."""
        words = ["dockerd", "--data-root", str(self.data_root), "--exec-root", str(self.folder / "exec"), *NETWORK]
        return [*words, "--host", f"unix://{self.folder}/docker.sock", "--pidfile", str(self.folder / "pid")]

    def _is_shim(self, process: psutil.Process) -> bool:
        with suppress(psutil.NoSuchProcess):
            return any(word.startswith(f"{self.folder}/exec/") for word in process.cmdline())
        return False


@contextmanager
def open_daemon(
    lab: Lab, *, name: str = "docker", data_root: Path | None = None, plugin: bool = True, kind: type[Daemon] = Daemon
) -> Iterator[Daemon]:
    """A daemon for as long as the block lasts; waits for whoever has its data root now.

    plugin: whether its clients have Compose v2; else they have v1. kind: what stands at the socket.
    """
    root = data_root or lab.root / name
    with lab.locked(f"{name}-daemon"), tempfile.TemporaryDirectory(prefix="claw-docker-") as place:
        folder = Path(place)
        (folder / "v1").mkdir()
        plugins = folder / "v2/cli-plugins"
        plugins.mkdir(parents=True)
        if plugin:
            shutil.copy2(lay_compose2(lab), plugins / "docker-compose")
        root.mkdir(parents=True, exist_ok=True)
        daemon = kind(folder, root, plugin)
        try:
            daemon.boot()
            yield daemon
        finally:
            _end(daemon)


def _await(daemon: Daemon) -> None:
    end = time.monotonic() + _UP_WITHIN
    while daemon.run("docker", "version", check=False).returncode != 0:
        if daemon.process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"dockerd did not come up:\n{(daemon.folder / 'log').read_text()[-3000:]}")
        time.sleep(0.1)


def _end(daemon: Daemon) -> None:
    if daemon.process.poll() is None:
        ids = daemon.run("docker", "ps", "--all", "--quiet", check=False).stdout.split()
        if ids:
            daemon.run("docker", "rm", "--force", "--volumes", *ids, check=False)
        daemon.process.terminate()
        try:
            daemon.process.wait(_DOWN_WITHIN)
        except subprocess.TimeoutExpired:
            daemon.process.kill()
            daemon.process.wait()
    for mount in (daemon.folder / "exec").rglob("default"):
        subprocess.run(["umount", "--lazy", mount], capture_output=True, check=False)


def find_docker_lack() -> str | None:
    """Why no daemon can be had, in one line; None where all is well."""
    missing = [tool for tool in ("dockerd", "docker", "docker-compose", "debootstrap") if shutil.which(tool) is None]
    if missing:
        return f"containers need {', '.join(missing)} (see tests/real/lab/debian-packages.txt)"
    return None if os.geteuid() == 0 else "containers need root"
