"""Whoever listens on the gateway's port has to be the gateway that we are about to stop (#14298, #64055)."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.survey.checks.scene import Scene
from clawupgrade.survey.service import is_of_service


def check_port(scene: Scene) -> Iterator[ClawupgradeError]:
    """Every listener is the service's main process or lives in its control group."""
    port = scene.install.address.port
    for process in scene.host.processes.listeners(port):
        if is_of_service(scene.host, scene.install.service, process):
            continue
        if process.pid == 0:
            yield Refused(
                f"port {port} is held by a process of another account",
                "find it as root with: ss -ltnp; then run clawupgrade as the account that OpenClaw runs as",
            )
            continue
        what = process.exe or (process.argv[0] if process.argv else "an unknown program")
        yield Refused(
            f"port {port} is held by process {process.pid} ({what}), which {_owner(scene)} did not start",
            f"see what it is with: ps -fp {process.pid}; stop it, or give the gateway another port",
        )


def _owner(scene: Scene) -> str:
    return scene.install.service.name or "no service of this installation"
