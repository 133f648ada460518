"""A Compose project with a real gateway whose state somebody has lived with; and what is true of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from .disk import mount_disk, unmount
from .docker import Daemon
from .entry import Token
from .facts import contents_of, read_jobs, read_sessions, read_transcripts
from .images import lay_image
from .layers import UID, USER
from .lived import choose_disk
from .ports import hold_port
from .releases import release_of
from .root import Lab
from .watcher import await_hello

SERVICE = "openclaw-gateway"
SYSTEM_UNITS = Path("/etc/systemd/system")
STATE = f"/home/{USER}/.openclaw"
COMMENT = "# The agent at the front desk. The office firewall knows this port."
_TEXT = """\
{comment}
services:
  {service}:
    image: {image}   # by tag, as the guide has it
    network_mode: host
    restart: {restart}
    environment:
      OPENCLAW_GATEWAY_TOKEN: ${{OPENCLAW_GATEWAY_TOKEN}}
      OPENCLAW_NO_AUTO_UPDATE: "1"
    command: ["node", "openclaw.mjs", "gateway", "run", "--port", "{port}"]
{volumes}"""
_BIND = f"    volumes:\n      - ./state:{STATE}\n"
_NAMED = f"    volumes:\n      - claw-state:{STATE}\nvolumes:\n  claw-state:\n    name: {{name}}\n"


@dataclass(frozen=True, slots=True)
class Kept:
    """What an upgrade may never lose. Secrets are hashes."""

    token_sha256: str
    jobs: dict[str, tuple[str, bool]]
    sessions: dict[str, str]
    transcripts: frozenset[str]


@dataclass(slots=True)
class Project:
    """A folder with a compose file, and its containers on the lab's daemon. `ours` is clawupgrade's own folder."""

    daemon: Daemon
    folder: Path
    port: int
    state: Path
    ours: Path
    program: tuple[str, ...]
    _token: Token = field(repr=False, default=Token(""))
    _begun: list[subprocess.Popen[str]] = field(repr=False, default_factory=list)

    @property
    def file(self) -> Path:
        """The user's compose file."""
        return self.folder / "compose.yaml"

    @property
    def override(self) -> Path:
        """Where a pin lies."""
        return self.folder / "compose.override.yaml"

    @property
    def env(self) -> dict[str, str]:
        """For clawupgrade: a shell on this machine, with a folder of its own and no watch afterwards."""
        more = {"CLAWUPGRADE_HOME": str(self.ours), "CLAWUPGRADE_SOAK_FOR": "0", "XDG_STATE_HOME": str(self.ours)}
        return self.daemon.env | more

    def compose(self, *words: str, check: bool = True) -> str:
        """As its user types it in the folder; v2 where the client has it, else v1."""
        argv = ("docker", "compose", *words) if self.daemon.plugin else ("docker-compose", *words)
        return self.daemon.run(*argv, cwd=self.folder, check=check).stdout

    def container(self) -> str:
        """The service's container; "" for none."""
        found = self.compose("ps", "--all", "--quiet", SERVICE, check=False) if self.daemon.plugin else ""
        if not found:
            labels = (
                "label=com.docker.compose.service=" + SERVICE,
                f"label=com.docker.compose.project={self.folder.name}",
            )
            words = [word for label in labels for word in ("--filter", label)]
            found = self.daemon.docker("ps", "--all", "--quiet", "--no-trunc", *words)
        return found.split()[0] if found.split() else ""

    def running_image(self) -> str:
        """The id of the image that the container runs."""
        return self.daemon.docker("inspect", "--format", "{{.Image}}", self.container()).strip()

    def policy(self) -> str:
        """The container's restart policy."""
        return self.daemon.docker("inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", self.container()).strip()

    def openclaw(self, *words: str) -> str:
        """A command of the release that runs, inside its container."""
        port = ("--env", f"OPENCLAW_GATEWAY_PORT={self.port}")  # the config's own is another one
        return self.daemon.docker("exec", *port, self.container(), "node", "openclaw.mjs", *words)

    def token(self) -> Token:
        """The shared token of the config on the volume."""
        return Token(self.config()["gateway"]["auth"]["token"])

    def config(self) -> dict[str, Any]:
        """The config on the volume; comments are read when they have a line of their own."""
        lines = (self.state / "openclaw.json").read_text().splitlines()
        found: dict[str, Any] = json.loads("\n".join(line for line in lines if not line.strip().startswith("//")))
        return found

    def kept(self) -> Kept:
        """Read from the volume's files."""
        return Kept(
            hashlib.sha256(self.token().encode()).hexdigest(),
            read_jobs(self.state),
            read_sessions(self.state),
            read_transcripts(self.state),
        )

    def contents(self) -> dict[str, str]:
        """Path → owner, mode and content of all on the volume (logs left out) and in the project's folder."""
        return contents_of(self.state, leave_out=("logs",)) | contents_of(self.folder, leave_out=("state",))

    def spawn(self, *words: str, command: str = "run", pin: bool = True) -> subprocess.Popen[str]:
        """clawupgrade, begun."""
        where = ("--compose", str(self.file)) if pin else ()
        argv = [*self.program, command, *where, *words, "--json"]
        pipe = subprocess.PIPE
        run = subprocess.Popen(argv, env=self.env, stdout=pipe, stderr=pipe, text=True, stdin=subprocess.DEVNULL)
        self._begun.append(run)
        return run

    def kill_dead_men(self) -> None:
        """Those of this project's runs; a number alone may be somebody else's by now."""
        for mark in self.ours.glob("*/runs/*/deadman.pid"):
            with suppress(psutil.NoSuchProcess, ValueError):
                found = psutil.Process(int(mark.read_text()))
                if str(mark.parent) in found.cmdline():
                    found.kill()

    def end_all(self) -> None:
        """No run of a test that has failed goes on, nor what it began."""
        for run in self._begun:
            run.kill()
        self.kill_dead_men()
        for work in ("once", "canary"):
            self.daemon.docker("rm", "--force", f"clawupgrade-{self.folder.name}-{SERVICE}-{work}", check=False)
        # A run that was killed has left its boot unit where this machine's own would be.
        for run in self.ours.glob("*/runs/*"):
            for unit in SYSTEM_UNITS.rglob(f"clawupgrade-after-{run.name}.service"):
                unit.unlink()

    def clawupgrade(self, *words: str, command: str = "run", pin: bool = True) -> tuple[int, dict[str, Any], str]:
        """clawupgrade to its end: exit code, the one JSON document of stdout, stderr."""
        begun = self.spawn(*words, command=command, pin=pin)
        out, err = begun.communicate(timeout=1500)
        return begun.returncode, json.loads(out), err


@contextmanager
def open_project(
    lab: Lab,
    daemon: Daemon,
    venv: Path,
    *,
    version: str = "2026.6.11",
    named: bool = True,
    up: bool = True,
    restart: str = "unless-stopped",
) -> Iterator[Project]:
    """A serving project with a lived-in state, thrown away at the end.

    named: the state is in a named volume; else in a folder beside the compose file. restart: its policy.
    """
    image = lay_image(lab, daemon, version)
    with hold_port(lab) as port, tempfile.TemporaryDirectory(dir=lab.runs, prefix="project-") as place:
        folder = Path(place, f"claw-{port}")
        folder.mkdir()
        ours = Path(place, "ours")
        volume = f"state-{port}"
        if named:
            daemon.docker("volume", "rm", "--force", volume, check=False)
            daemon.docker("volume", "create", volume)
            state = Path(daemon.docker("volume", "inspect", "--format", "{{.Mountpoint}}", volume).strip())
        else:
            state = folder / "state"
            state.mkdir()
        _lay_state(lab, version, state, Path(place))
        program = (str(venv), "-m", "clawupgrade")
        project = Project(daemon, folder, port, state, ours, program)
        volumes = _NAMED.format(name=volume) if named else _BIND
        facts = {"comment": COMMENT, "service": SERVICE, "image": image, "port": port, "volumes": volumes}
        facts["restart"] = restart
        project.file.write_text(_TEXT.format(**facts))
        dotenv = folder / ".env"
        dotenv.write_text(f"OPENCLAW_GATEWAY_TOKEN={project.token()}\n")
        dotenv.chmod(0o600)
        try:
            if up:
                project.compose("up", "-d")
                await_hello(port, project.token())
            yield project
        finally:
            project.end_all()
            project.compose("down", "--volumes", "--timeout", "5", check=False)
            if named:
                daemon.docker("volume", "rm", "--force", volume, check=False)


def _lay_state(lab: Lab, version: str, state: Path, scratch: Path) -> None:
    """The state of the lab's lived-in host, as its container sees it at the same path."""
    disk = choose_disk(lab, release_of(version), lived=True, kind="ext4")
    copy, at = scratch / "disk", scratch / "at"
    subprocess.run(["cp", "--reflink=always", disk, copy], check=True)
    mount_disk(copy, at)
    try:
        source = at / "home" / USER / ".openclaw"
        subprocess.run(["cp", "--archive", "--no-target-directory", source, state], check=True)
    finally:
        unmount(at)
        copy.unlink()
    os.chown(state, UID, UID)
    shutil.rmtree(state / "logs", ignore_errors=True)
