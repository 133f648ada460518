"""Sets a stub host up in a folder: Node, npm, one installed release, its config with planted secrets, its gateway."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from stub.node import place
from stub.ports import held_port

OLD, NEW = "2026.6.11", "2026.9.6"
TOKEN = "planted-gateway-token-4711"
BOT_TOKEN = "planted-bot-token-0815"
CHECKOUT = Path(__file__).parents[3]
PATIENCE = 600.0
"""Seconds for one command: a run costs some four of processor time, and a busy machine takes minutes for them."""


@dataclass(frozen=True, slots=True)
class Stub:
    """A host; `call` is clawupgrade in it, with the environment of a bare cron job."""

    root: Path
    port: int

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def folder(self) -> Path:
        """clawupgrade's own of the installation."""
        return self.home / ".local/state/clawupgrade/default"

    @property
    def environment(self) -> dict[str, str]:
        here = f"{CHECKOUT}:{CHECKOUT}/tests/contract"
        path = f"{self.root}/node/bin:/usr/bin:/bin"
        return {
            "HOME": str(self.home),
            "PATH": path,
            "PYTHONPATH": here,
            "CLAWUPGRADE_SOAK_FOR": "0",
            "CLAWUPGRADE_REHEARSE": "never",
        }

    def call(
        self, *words: str, env: Mapping[str, str] = {}, stdout: IO[str] | int = subprocess.PIPE
    ) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "clawupgrade", *words]
        pipes: dict[str, Any] = {"stdout": stdout, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        full = self.environment | dict(env)
        return subprocess.run(line, env=full, cwd=self.home, text=True, timeout=PATIENCE, **pipes)

    def spawn(self, *words: str) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "clawupgrade", *words]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        return subprocess.Popen(line, env=self.environment, cwd=self.home, text=True, **pipes)

    def publish(self, version: str, *, latest: bool = True, **stub: Any) -> None:
        """Add a release to the registry, with its habits."""
        path = self.root / "registry.json"
        registry = json.loads(path.read_text())
        registry["versions"][version] = stub
        registry["latest"] = version if latest else registry["latest"]
        path.write_text(json.dumps(registry))

    def configure(self, text: str) -> None:
        """Write clawupgrade.toml."""
        file = self.home / ".config/clawupgrade/clawupgrade.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def hook(self, folder: str, script: str, name: str = "10") -> None:
        """Put a shell script into a folder of hooks."""
        file = self.home / ".config/clawupgrade/hooks" / folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    @property
    def installed(self) -> str:
        said = json.loads((self.home / ".npm-global/lib/node_modules/openclaw/package.json").read_text())
        return str(said["version"])

    def start_gateway(self) -> None:
        """As somebody who starts it by hand."""
        entry = self.home / ".npm-global/lib/node_modules/openclaw/openclaw.mjs"
        line = [str(self.root / "node/bin/node"), str(entry), "gateway", "run", "--port", str(self.port)]
        subprocess.Popen(
            line,
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + PATIENCE
        while not self.listens():
            assert time.monotonic() < until, "the stub's gateway did not come up"
            time.sleep(0.05)

    def listens(self) -> bool:
        """Whether somebody takes connections on the gateway's port."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def close(self) -> None:
        """End whatever runs in this folder, and what that has begun meanwhile."""
        while living := self._living():
            for process in living:
                with suppress(psutil.Error):
                    process.kill()
            time.sleep(0.01)

    def _living(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("HOME") == str(self.home):
                    found.append(process)
        return found


@contextmanager
def stub_host(root: Path, version: str = OLD) -> Iterator[Stub]:
    """A host with `version` installed and serving, and `NEW` in the registry."""
    with held_port() as port:
        stub = _lay(root, port, version)
        stub.start_gateway()
        try:
            yield stub
        finally:
            stub.close()


def _lay(root: Path, port: int, version: str) -> Stub:
    stub = Stub(root, port)
    node = root / "node/bin/node"
    node.parent.mkdir(parents=True)
    node.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).with_name("node.py")} "$@"\n')
    node.chmod(0o755)
    npm = root / "node/lib/node_modules/npm/bin/npm-cli.js"
    npm.parent.mkdir(parents=True)
    npm.write_text("// npm\n")
    (npm.parent.parent / "package.json").write_text('{"version": "11.17.0"}')
    (root / "node/bin/npm").symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
    prefix = stub.home / ".npm-global"
    place(prefix / "lib/node_modules/openclaw", version, {})
    (prefix / "bin").mkdir()
    (prefix / "bin/openclaw").symlink_to("../lib/node_modules/openclaw/openclaw.mjs")
    (stub.home / ".npmrc").write_text(f"prefix={prefix}\n")
    config = {
        "meta": {"lastTouchedVersion": version},
        "gateway": {"port": port, "auth": {"mode": "token", "token": TOKEN}},
        "channels": {"telegram": {"enabled": True, "botToken": BOT_TOKEN}},
    }
    state = stub.home / ".openclaw"
    state.mkdir(mode=0o700)
    (state / "openclaw.json").write_text(json.dumps(config, indent=2))
    (state / "openclaw.json").chmod(0o600)
    (root / "registry.json").write_text(json.dumps({"latest": NEW, "versions": {OLD: {}, NEW: {}}}))
    return stub
