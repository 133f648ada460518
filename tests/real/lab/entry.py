"""How a program is started inside a host: a clean login environment, entered from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .layers import HOME, NODE, NODES_INSIDE, UID, USER

VENV_INSIDE = Path("/opt/clawupgrade")


class Token(str):
    """A secret that looks away: pytest prints the arguments of every call in a traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True, slots=True)
class Completed:
    """How a program ended: exit code (negative: killed by that signal) and both outputs."""

    rc: int
    out: str
    err: str


def login_env(user: str, *, node: str = NODE, bus: bool = True) -> dict[str, str]:
    """The environment of a login shell of `user`: node's tree and ~/.npm-global before the system."""
    system = f"{VENV_INSIDE}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    # What a test does to a gateway after an upgrade is no reason for the watch to take that back.
    # Most stories are about what happens where nothing was rehearsed; those of a rehearsal ask for one.
    env = {"CLAWUPGRADE_SOAK_FOR": "0", "CLAWUPGRADE_REHEARSE": "never"}
    env |= {"USER": user, "LOGNAME": user, "LANG": "C.UTF-8", "SHELL": "/bin/bash"}
    if user != USER:
        return env | {"HOME": "/root", "PATH": system}
    env |= {"HOME": str(HOME), "PATH": f"{HOME}/.npm-global/bin:{NODES_INSIDE}/{node}/bin:{system}"}
    if bus:
        runtime = f"/run/user/{UID}"
        env |= {"XDG_RUNTIME_DIR": runtime, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus"}
    return env


def enter_argv(init_pid: int, user: str, env: Mapping[str, str], argv: Sequence[str]) -> list[str]:
    """The command line that runs `argv` inside, in the user's home folder."""
    who = [] if user == "root" else [f"--reuid={UID}", f"--regid={UID}", "--init-groups"]
    setting = [f"{key}={value}" for key, value in env.items()]
    # A shell in the background starts the tests with SIGINT ignored, and every child would inherit that.
    place = ["env", "-i", "--default-signal=INT", "-C", env["HOME"], *setting]
    return ["nsenter", "-t", str(init_pid), "-a", "--", *(["setpriv", *who] if who else []), *place, *argv]


@dataclass(slots=True)
class Running:
    """A program that runs inside a host now. nsenter passes no signal on: they go to the program itself."""

    popen: subprocess.Popen[str]

    @property
    def pid(self) -> int:
        """The program's process id as this machine sees it. Raises ProcessLookupError when it has ended."""
        end = time.monotonic() + 5
        while time.monotonic() < end and self.popen.poll() is None:
            children = Path(f"/proc/{self.popen.pid}/task/{self.popen.pid}/children").read_text().split()
            if children and b"nsenter\0" not in Path(f"/proc/{children[0]}/cmdline").read_bytes():
                return int(children[0])
            time.sleep(0.01)
        raise ProcessLookupError(f"no program below nsenter {self.popen.pid}")

    def send(self, number: signal.Signals) -> None:
        """Signal the program alone (`kill PID`)."""
        os.kill(self.pid, number)

    def press_ctrl_c(self) -> None:
        """SIGINT to the program and all of its foreground process group, as a terminal does it."""
        for entry in Path("/proc").glob("[0-9]*"):
            pid = int(entry.name)
            try:
                if pid != self.popen.pid and os.getpgid(pid) == self.popen.pid:
                    os.kill(pid, signal.SIGINT)
            except ProcessLookupError:
                continue

    def finish(self, timeout: float, stdin: str | None = None) -> Completed:
        """Wait for the end. Past `timeout` seconds its process group is killed and TimeoutExpired raised."""
        try:
            out, err = self.popen.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()
            raise
        return Completed(self.popen.returncode, out, err)
