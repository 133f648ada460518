"""Stopping and starting the gateway around a repair, and calling its own command line."""

from __future__ import annotations

import json
from typing import Any

from clawupgrade.errors import StepFailed
from clawupgrade.model import CredentialRef, Plan
from clawupgrade.openclaw import environment
from clawupgrade.ports import Command, Completed, Event, Host

_WALL = 300.0


def stop(host: Host, plan: Plan) -> None:
    """Stop it: a gateway that reads a config while it is changed restarts itself in the middle (2026.6.11).

    Raises:
        StepFailed: it goes on, whatever its manager said.
    """
    service = plan.install.service
    if host.services.look(service).active is not False:
        host.services.stop(service, plan.limits.stop)
        if host.services.look(service).active is True:
            raise StepFailed(f"{service.name or 'the gateway'} does not stop")


def start(host: Host, plan: Plan) -> None:
    """Start it unless it was stopped before; what is starting is not started again."""
    if plan.serve_after and host.services.look(plan.install.service).active is not True:
        host.services.start(plan.install.service, plan.limits.stop)


def own(plan: Plan, kind: str) -> CredentialRef:
    """Where the gateway's own credential stands, or will stand."""
    return CredentialRef("config", plan.install.config_path, f"gateway.auth.{kind}", kind, "")


def call(host: Host, plan: Plan, step: str, *words: str) -> Completed:
    """Run a command of the installed release. Raises StepFailed where its package has no command."""
    return host.commands.run(
        Command(
            (plan.install.node.path, entry(host, plan.install.package.root), *words),
            env=environment.for_openclaw(plan.install),
            account=plan.install.account,
            wall=_WALL,
            idle=plan.limits.idle,
        ),
        lambda line: host.say(Event("line", step, line)),
    )


def entry(host: Host, root: str) -> str:
    """The script that Node runs for the package in `root`. Raises StepFailed where it has no command."""
    stated = _description(host, root).get("bin", {})
    name = root.rsplit("/", 1)[-1]
    path = stated if isinstance(stated, str) else stated.get(name) or next(iter(stated.values()), "")
    if not path:
        raise StepFailed(f"the package in {root} has no command to run", "install it anew")
    return f"{root}/{path.removeprefix('./')}"


def version(host: Host, root: str) -> str:
    """The version of the package in `root`."""
    return str(_description(host, root).get("version", ""))


def _description(host: Host, root: str) -> dict[str, Any]:
    try:
        stated = json.loads(host.files.read(f"{root}/package.json") or b"{}")
    except ValueError as error:
        raise StepFailed(f"the package in {root} cannot be read", "install it anew") from error
    return stated if isinstance(stated, dict) else {}
