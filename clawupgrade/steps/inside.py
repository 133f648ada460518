"""Where OpenClaw's own commands run: on this machine, or in the container that has it."""

from __future__ import annotations

from collections.abc import Callable

from clawupgrade.composed import Composed
from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Install, Plan
from clawupgrade.ports import Command, Completed, Host
from clawupgrade.steps import packages


def tool(host: Host, install: Install, root: str) -> tuple[str, str]:
    """Node, and the entry file of the package in `root`, as whoever runs them sees them."""
    found = install.service.composed
    return (found.node, found.entry) if found is not None else (install.node.path, packages.entry(host, root))


def ask(host: Host, install: Install, command: Command) -> Completed:
    """A command beside the gateway that serves now."""
    found = install.service.composed
    return host.commands.run(command) if found is None else host.containers.execute(found, command)


def work(host: Host, plan: Plan, hop: Hop, command: Command, on_line: Callable[[str], None] | None = None) -> Completed:
    """A command of the hop's version on the live state, while the gateway is away."""
    found = plan.install.service.composed
    if found is None:
        return host.commands.run(command, on_line)
    return host.containers.run(found, hop.stage, command, on_line)


def composed(plan: Plan) -> Composed:
    """The Compose project of a plan that has one. Raises StepFailed."""
    found = plan.install.service.composed
    if found is None:
        raise StepFailed("the plan does not say which Compose project owns the gateway")
    return found
