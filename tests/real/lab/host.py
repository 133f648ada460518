"""A real host: a booted system, the home folder of its one user, and what tests do to them."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from .disk import unmount
from .entry import Completed, Running, Token, enter_argv, login_env
from .layers import HOME, NODE, UID, USER
from .machine import Machine

SERVICES = ("openclaw-gateway", "clawdbot-gateway")


@dataclass(slots=True)
class Host:
    """One host. `home` is the user's real folder on this machine, bound into the host as /home/claw.

    network: the namespace whose loopback the gateway is on, None for this machine's.
    """

    machine: Machine
    gateway_port: int
    node: str = NODE
    has_user_manager: bool = True
    network: Path | None = None
    _spawned: list[Running] = field(default_factory=list, repr=False)

    @property
    def home(self) -> Path:
        """The user's home folder, seen from outside."""
        return self.machine.folder / "disk/home" / USER

    @property
    def root(self) -> Path:
        """The host's root, seen from outside while it runs."""
        return self.machine.root

    @property
    def init_pid(self) -> int:
        """The host's init, as this machine numbers it; 0 while the host is off."""
        return self.machine.init_pid

    def path(self, inside: str | Path) -> Path:
        """Where a path of the host's home lies on this machine; `inside` may be relative to the home."""
        return self.home / (HOME / inside).relative_to(HOME)

    def boot(self) -> None:
        """Start the system and, where it has one, wait for the user's own service manager."""
        self.machine.boot()
        if not self.has_user_manager:
            return
        end = time.monotonic() + 60
        while not (self.root / f"run/user/{UID}/systemd/private").exists():
            if time.monotonic() > end:
                raise RuntimeError("the user's service manager did not come up")
            time.sleep(0.05)

    def kill(self) -> None:
        """Pull the plug (SIGKILL of init); all processes of the host are gone."""
        self.machine.kill()

    def power_cycle(self) -> None:
        """Pull the plug and boot again on the same folders."""
        self.kill()
        self.boot()

    def close(self) -> None:
        """Pull the plug and throw the host away."""
        self.kill()
        unmount(self.machine.folder / "disk")
        shutil.rmtree(self.machine.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def spawn(
        self, argv: Sequence[str], *, user: str = USER, env: Mapping[str, str] | None = None, **popen: Any
    ) -> Running:
        """Start a program inside and return at once; `popen` goes to Popen (stdin, stdout, stderr)."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | popen
        full = login_env(user, node=self.node, bus=self.has_user_manager) | dict(env or {})
        line = enter_argv(self.init_pid, user, full, argv)
        return Running(subprocess.Popen(line, text=True, errors="replace", start_new_session=True, **pipes))

    def run(
        self,
        argv: Sequence[str],
        *,
        user: str = USER,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        timeout: float = 120,
        check: bool = False,
    ) -> Completed:
        """Run a program inside to its end. `check` raises AssertionError with its output when rc is not 0."""
        pipe = subprocess.DEVNULL if stdin is None else subprocess.PIPE
        done = self.spawn(argv, user=user, env=env, stdin=pipe).finish(timeout, stdin)
        if check and done.rc != 0:
            raise AssertionError(f"{' '.join(argv)} ended {done.rc}\n{done.out[-3000:]}\n{done.err[-3000:]}")
        return done

    def shell(self, script: str, *, user: str = USER, timeout: float = 120, check: bool = True) -> Completed:
        """Run a bash script inside, given on standard input, with -e and -u."""
        return self.run(["bash", "-eu"], user=user, stdin=script, timeout=timeout, check=check)

    def systemctl_user(self, *words: str, check: bool = True) -> Completed:
        """systemctl --user inside, as the user."""
        return self.run(["systemctl", "--user", "--no-pager", *words], check=check)

    def config_path(self) -> Path:
        """The config that is there, the newest name first. Raises FileNotFoundError."""
        names = (".openclaw/openclaw.json", ".clawdbot/clawdbot.json", ".moltbot/moltbot.json")
        found = next((self.home / name for name in names if (self.home / name).exists()), None)
        if found is None:
            raise FileNotFoundError(f"no config in {self.home}")
        return found

    def config(self) -> dict[str, Any]:
        """The config as a document; comments are read when they have a line of their own."""
        lines = self.config_path().read_text().splitlines()
        plain = "\n".join(line for line in lines if not line.strip().startswith("//"))
        found: dict[str, Any] = json.loads(plain)
        return found

    def workspace(self) -> str:
        """The main agent's, relative to the home: where the config says (clawdbot: `clawd`), else in the state."""
        stated = self.config().get("agents", {}).get("defaults", {}).get("workspace", "")
        return stated.removeprefix(f"{HOME}/") or f"{self.config_path().parent.name}/workspace"

    def journal(self, lines: int = 60) -> str:
        """The end of what the user's services have said."""
        words = ["journalctl", "--no-pager", "--output=cat", f"--lines={lines}", f"_UID={UID}"]
        return self.run(words, user="root").out

    def token(self) -> Token:
        """The shared token of the config."""
        return Token(self.config()["gateway"]["auth"]["token"])

    def package_path(self) -> Path:
        """The installed package, seen from outside. Raises FileNotFoundError."""
        modules = self.home / ".npm-global/lib/node_modules"
        found = next((modules / name for name in ("openclaw", "clawdbot") if (modules / name).exists()), None)
        if found is None:
            raise FileNotFoundError(f"no package in {modules}")
        return found
