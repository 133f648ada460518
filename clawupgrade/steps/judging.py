"""Asks a release to judge a config with its own validation, without starting anything."""

from __future__ import annotations

from clawupgrade.model import Install
from clawupgrade.openclaw import argv, environment
from clawupgrade.openclaw.validation import Issue, issues
from clawupgrade.ports import Command, Host
from clawupgrade.steps import packages

_PATIENCE = 120.0


def objections(
    host: Host, install: Install, root: str, extra: tuple[tuple[str, str], ...] = ()
) -> tuple[Issue, ...] | None:
    """What the release in `root` has against the config; () for nothing, None where it cannot be asked.

    Up to 2026.2 there is no such command. extra: environment on top, such as where a copy lies.
    """
    done = host.commands.run(
        Command(
            argv.config_validate(install.node.path, packages.entry(host, root)),
            env=(*environment.for_openclaw(install), *extra),
            account=install.account,
            wall=_PATIENCE,
        )
    )
    return issues(done.out)
