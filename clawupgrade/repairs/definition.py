"""Has a release write its own service definition, by the words that work on it."""

from __future__ import annotations

from collections.abc import Callable

from clawupgrade.errors import StepFailed
from clawupgrade.model import Install, Plan
from clawupgrade.openclaw import argv, environment, output
from clawupgrade.ports import Command, Completed, Event, Host

GROUPS = ("gateway", "daemon")
"""2026.2.12: `gateway` takes `--force` for itself, says that it wrote, and writes nothing; `daemon` does."""
_WALL = 300.0


def rewrite(
    run: Callable[[Command], Completed], plan: Plan, install: Install, entry: str, *, lacks: Callable[[], str]
) -> str:
    """Ask until the definition lacks nothing; what it still lacks then, "" for nothing.

    run: here, or on a clone. install: whose Node and environment run it. entry: the script of the release that is
    to write.

    Raises:
        StepFailed: the release refuses, in its own words.
    """
    for group in GROUPS:
        done = run(
            Command(
                argv.service_install(install.node.path, entry, group, plan.install.address.port),
                env=environment.for_openclaw(install),
                account=install.account,
                wall=_WALL,
                idle=plan.limits.idle,
            )
        )
        if not done.ok:
            said = output.last_words(done.err) or output.last_words(done.out)
            raise StepFailed(f"the release could not write its service definition: {said}")
        if not (left := lacks()):
            return ""
    return left


def here(host: Host, step: str) -> Callable[[Command], Completed]:
    """Runs a command on the machine itself, heard line by line."""
    return lambda command: host.commands.run(command, lambda line: host.say(Event("line", step, line)))
