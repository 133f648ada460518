"""Prepared releases: the disk of a host whose user's gateway has been onboarded and has served once."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .birth import make_host, write_npmrc
from .disk import keep_disk
from .host import Host
from .layers import NODE, lay_node
from .ports import hold_port
from .root import Lab, npm_setting
from .watcher import await_hello

PORT = 18789
"""The port on every prepared disk; each host gets its own instead."""

PATIENCE = 1800.0
"""For one command while a disk is prepared: 4.29's own may fetch packages, and the machine may be busy."""

LIBSIGNAL = {"libsignal": "npm:libsignal-node@2.0.1"}
"""Early releases take libsignal (for baileys) from a git host, which a test machine need not reach."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release as the registry knows it: package name and exact version."""

    version: str
    package: str = "openclaw"

    @property
    def name(self) -> str:
        """Its folder in the lab."""
        return f"{self.package}-{self.version}"

    @property
    def needs_override(self) -> bool:
        """Whether npm would go to a git host for it."""
        return self.version.startswith(("2026.1.", "2026.2.", "2026.3."))


class Account(Protocol):
    """A user's home in which programs run: of a host, or of a cell without a machine."""

    @property
    def home(self) -> Path: ...

    def run(self, argv: Sequence[str], *, timeout: float = ..., check: bool = ...) -> Any: ...

    def shell(self, script: str, *, timeout: float = ...) -> Any: ...


def install_package(host: Account, release: Release) -> None:
    """npm i -g, as a user types it; by way of an unpacked tarball where a git host would be asked."""
    spec = f"{release.package}@{release.version}"
    if not release.needs_override:
        host.run(["npm", "install", "-g", spec], timeout=PATIENCE, check=True)
        return
    host.shell(
        "mkdir -p .npm-global/lib/node_modules .npm-global/bin scratch && cd scratch\n"
        f'tar xzf "$(npm pack --silent {spec})"'
    )
    package, modules = host.home / "scratch/package", host.home / ".npm-global/lib/node_modules"
    facts = json.loads((package / "package.json").read_text())
    # Development packages are not installed, but today's versions of theirs no longer resolve (ERESOLVE).
    del facts["devDependencies"]
    (package / "package.json").write_text(json.dumps(facts | {"overrides": LIBSIGNAL}, indent=2))
    flags = "--omit=dev --ignore-scripts --no-package-lock"
    host.shell(f"cd scratch/package && npm install {flags}", timeout=PATIENCE)
    (entry,) = facts["bin"].values()
    package.rename(modules / release.package)
    (modules / release.package / entry).chmod(0o755)
    target = f"../lib/node_modules/{release.package}/{entry}"
    host.shell(f"rm -r scratch && ln -s {target} .npm-global/bin/{release.package}")


def onboard(host: Host, release: Release) -> None:
    """First set-up and the user service, by the release's own commands."""
    tool = release.package
    words = "--non-interactive --accept-risk --mode local --auth-choice skip --skip-channels --skip-skills"
    words += " --skip-health --skip-ui --gateway-bind loopback"
    words += f" --gateway-port {host.gateway_port}"
    host.run([tool, "onboard", *words.split()], timeout=PATIENCE, check=True)
    host.run([tool, "gateway", "install"], timeout=PATIENCE, check=True)


def rest_gateway(host: Host) -> None:
    """Stop the gateway's user service and wait for its end."""
    host.shell("systemctl --user stop '*-gateway.service'", timeout=PATIENCE)


def save_disk(host: Host, target: Path) -> None:
    """Pull the host's plug and keep its disk as `target`; whole or not there."""
    host.kill()
    keep_disk(host.machine.folder / "image", host.machine.folder / "disk", target)


def prepare(lab: Lab, release: Release) -> Path:
    """The disk of a host that has just got `release`, made on first use (a minute or two)."""
    done = lab.releases / f"{release.name}.ext4"
    with lab.locked(release.name):
        if not done.exists():
            _make(lab, release, done)
    return done


def _make(lab: Lab, release: Release, done: Path) -> None:
    began = time.monotonic()
    lay_node(lab, NODE)  # whoever prepares disks beforehand has opened no host yet
    with hold_port(lab, PORT) as port, make_host(lab, None, port=port) as host:
        write_npmrc(host.home, npm_setting("registry"))
        host.boot()
        install_package(host, release)
        installed = time.monotonic()
        onboard(host, release)
        await_hello(port, host.token())
        rest_gateway(host)
        facts = {"install_s": round(installed - began, 1), "all_s": round(time.monotonic() - began, 1)}
        done.with_suffix(".json").write_text(json.dumps(facts))
        save_disk(host, done)


def release_of(version: str) -> Release:
    """The release of a version; up to 2026.1.24-3 the package was called clawdbot."""
    return Release(version, "clawdbot" if version == "2026.1.24-3" else "openclaw")
