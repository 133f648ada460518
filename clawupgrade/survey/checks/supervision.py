"""Somebody else owns the gateway's life: a container engine, Nix, or a supervisor that says so."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.survey.checks.scene import Scene

_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")


def check_supervision(scene: Scene) -> Iterator[ClawupgradeError]:
    """Refuse where a change of ours would be undone, or would end the machine that we run in."""
    env, install = dict(scene.request.environ), scene.install
    in_container = any(scene.host.files.exists(mark) for mark in _CONTAINER_MARKS)
    if in_container and install.service.main_pid == 1:
        yield Refused(
            "the gateway is this container's main process: stopping it ends the container",
            "upgrade from outside: pull the new image and recreate the container on the same volume",
        )
    if env.get("OPENCLAW_NIX_MODE") == "1" or install.package.root.startswith("/nix/store/"):
        yield Refused(
            "this OpenClaw is managed by Nix", "change its version in the Nix configuration and rebuild"
        )
    if env.get("OPENCLAW_SUPERVISOR_MODE", "").strip().lower() == "external":
        yield Refused(
            "an external supervisor owns this gateway (OPENCLAW_SUPERVISOR_MODE=external)",
            "use that supervisor's way to update; it stops and starts the gateway",
        )
    if env.get("OPENCLAW_CONFIG_READONLY") == "1":
        yield Refused(
            "the config is declared read-only (OPENCLAW_CONFIG_READONLY=1); a new release has to migrate it",
            "upgrade where the config is written, or lift the declaration for the upgrade",
        )
