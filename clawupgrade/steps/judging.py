"""Asks a release to judge a config with its own validation, without starting anything."""

from __future__ import annotations

from clawupgrade.model import Engine, Hop, Install, Plan
from clawupgrade.openclaw import argv, environment
from clawupgrade.openclaw.validation import Issue, issues
from clawupgrade.ports import Command, Host
from clawupgrade.steps import inside

_PATIENCE = 120.0

Variables = tuple[tuple[str, str], ...]


def objections(host: Host, install: Install, root: str, extra: Variables = ()) -> tuple[Issue, ...] | None:
    """What the release in `root` has against the config; () for nothing, None where it cannot be asked.

    Up to 2026.2 there is no such command. extra: environment on top, such as where a copy lies.
    """
    command = Command(
        argv.config_validate(*inside.tool(host, install, root)),
        env=environment_in(install, extra),
        account=install.account,
        wall=_PATIENCE,
    )
    return issues(inside.ask(host, install, command).out)


def objections_of(host: Host, plan: Plan, hop: Hop) -> tuple[Issue, ...] | None:
    """What the hop's version has against the config as it stands, while the gateway is away."""
    if plan.engine is not Engine.IMAGE:
        return objections(host, plan.install, hop.live)
    command = Command(argv.config_validate(*inside.tool(host, plan.install, hop.live)), wall=_PATIENCE)
    return issues(inside.work(host, plan, hop, command).out)


def environment_in(install: Install, extra: Variables) -> Variables:
    """The installation's environment for children, with other values for some names."""
    return tuple((dict(environment.for_openclaw(install)) | dict(extra)).items())


def away_from_home(room: str) -> Variables:
    """Variables that leave OpenClaw nothing of the account but a room with a config in it, and no service manager.

    Validation of 2026.9.6 writes nothing there; doctor does.
    """
    return (
        ("HOME", room),
        ("OPENCLAW_HOME", room),
        ("OPENCLAW_STATE_DIR", room),
        ("OPENCLAW_CONFIG_PATH", f"{room}/openclaw.json"),
        ("OPENCLAW_PROFILE", ""),
        ("XDG_RUNTIME_DIR", room),
        ("XDG_CONFIG_HOME", f"{room}/.config"),
        ("DBUS_SESSION_BUS_ADDRESS", f"unix:path={room}/no-bus"),
    )
