"""Somebody else owns the gateway's life: a container engine, Nix, or a supervisor that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from clawupgrade.errors import Refused
from clawupgrade.ports import Host
from clawupgrade.survey.service import Defined

_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")
_POD_MARKS = ("/var/run/secrets/kubernetes.io",)


def refuse_supervised(host: Host, env: Mapping[str, str], defined: Defined, root: str) -> Iterator[Refused]:
    """Where a change of ours would be undone, or would end the machine that we run in.

    The variables count in the service's definition as well as in the shell.
    """

    def stated(name: str) -> str:
        return defined.merged.value(name) or env.get(name, "")

    if defined.service.main_pid == 1 and any(host.files.exists(mark) for mark in _CONTAINER_MARKS):
        yield Refused(
            "the gateway is this container's main process: stopping it ends the container",
            "upgrade from outside: pull the new image and recreate the container on the same volume",
        )
    if any(host.files.exists(mark) for mark in _POD_MARKS):
        yield Refused(
            "this is a pod of Kubernetes: its image is named by a Deployment, a StatefulSet or an operator",
            "change the image there (kubectl set image …, or the operator's version field); it rolls out and back",
        )
    yield from refuse_stated(stated, root)


def refuse_stated(stated_as: Callable[[str], str], root: str) -> Iterator[Refused]:
    """What the variables of a gateway say of who owns it. stated_as: a variable's value, "" for none."""

    def stated(name: str) -> str:
        return stated_as(name).strip().lower()

    if stated("OPENCLAW_NIX_MODE") == "1" or root.startswith("/nix/store/"):
        yield Refused("this OpenClaw is managed by Nix", "change its version in the Nix configuration and rebuild")
    if stated("OPENCLAW_SUPERVISOR_MODE") == "external":
        yield Refused(
            "an external supervisor owns this gateway (OPENCLAW_SUPERVISOR_MODE=external)",
            "use that supervisor's way to update; it stops and starts the gateway",
        )
    if stated("OPENCLAW_CONFIG_READONLY") == "1":
        yield Refused(
            "the config is declared read-only (OPENCLAW_CONFIG_READONLY=1); a new release has to migrate it",
            "upgrade where the config is written, or lift the declaration for the upgrade",
        )
