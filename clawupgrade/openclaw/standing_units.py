"""Texts of the systemd units that stay: the nightly run, and the two that end an interrupted run at boot."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

SIGNED = "# Written by `clawupgrade init --units`, which replaces it; `--remove` takes it away."
"""First line of every unit that is ours to replace and to remove."""


class Setting(Struct, frozen=True):
    """What the units are written for.

    command: how clawupgrade is called, as ExecStart= wants it; options: what follows every command of it.
    gateways: the names of the gateway's units. target: what a boot reaches, `default.target` for a user.
    environment: assignments that the caller's shell has and a service has not.
    """

    command: str
    gateways: tuple[str, ...]
    target: str = "default.target"
    options: str = ""
    suffix: str = ""
    environment: tuple[tuple[str, str], ...] = ()


class StandingUnit(Struct, frozen=True):
    """One unit file. `is_enabled`: systemd starts it by itself."""

    name: str
    text: str
    is_enabled: bool


def standing_units(setting: Setting) -> tuple[StandingUnit, ...]:
    """The nightly run, what tells of its failure, its timer, then the recovery around the gateway's own start."""
    suffix = setting.suffix
    return (
        StandingUnit(f"clawupgrade{suffix}.service", _nightly(setting), False),
        StandingUnit(f"clawupgrade-failed{suffix}.service", _failed(setting), False),
        StandingUnit(f"clawupgrade{suffix}.timer", _timer(), True),
        StandingUnit(f"clawupgrade-before-gateway{suffix}.service", _before(setting), True),
        StandingUnit(f"clawupgrade-after-gateway{suffix}.service", _after(setting), True),
    )


def _nightly(setting: Setting) -> str:
    return _text(
        "[Unit]",
        "Description=Upgrade OpenClaw, proven or rolled back",
        f"OnFailure=clawupgrade-failed{setting.suffix}.service",
        "",
        "[Service]",
        "Type=oneshot",
        *_environment(setting),
        f"ExecStart={setting.command} run --yes --quiet{setting.options}",
        "# 75: busy, or the network was away; the next night tries again.",
        "SuccessExitStatus=75",
        "# Longer than any limit of a run; the run ends itself in order on SIGTERM.",
        "TimeoutStartSec=3h",
        "TimeoutStopSec=15min",
        "KillMode=mixed",
    )


def _failed(setting: Setting) -> str:
    return _text(
        "# A run tells by itself how it ended; this tells of one that was killed before it could.",
        "[Unit]",
        "Description=Tell that the nightly upgrade of OpenClaw failed",
        "",
        "[Service]",
        "Type=oneshot",
        *_environment(setting),
        f"ExecStart={setting.command} notice failed --quiet{setting.options}",
        "TimeoutStartSec=10min",
    )


def _timer() -> str:
    return _text(
        "[Unit]",
        "Description=Upgrade OpenClaw at night",
        "",
        "[Timer]",
        "OnCalendar=*-*-* 03:30",
        "RandomizedDelaySec=45min",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    )


def _before(setting: Setting) -> str:
    return _text(
        "# A run that was cut off is taken back before the gateway may start; where there is none, nothing is done.",
        "[Unit]",
        "Description=OpenClaw: take back what an interrupted clawupgrade run changed",
        f"Before={' '.join(setting.gateways)}",
        "",
        *_recovery(setting, " --before-gateway"),
    )


def _after(setting: Setting) -> str:
    return _text(
        "[Unit]",
        "Description=OpenClaw: prove the gateway after an interrupted clawupgrade run",
        f"After={' '.join(setting.gateways)}",
        "",
        *_recovery(setting, ""),
    )


def _recovery(setting: Setting, how: str) -> Sequence[str]:
    return (
        "[Service]",
        "Type=oneshot",
        *_environment(setting),
        "# The run's own units may be at the same work: wait for them.",
        f"ExecStart={setting.command} recover{how} --lock-timeout 1200{setting.options}",
        "TimeoutStartSec=30min",
        "# 3: rolled back and proven, which is what it is for.",
        "SuccessExitStatus=3",
        "",
        "[Install]",
        f"WantedBy={setting.target}",
    )


def _environment(setting: Setting) -> Sequence[str]:
    return [f"Environment={_quoted(f'{name}={value}')}" for name, value in setting.environment]


def _quoted(assignment: str) -> str:
    # Environment= knows no $; a percent sign is a specifier.
    text = assignment.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{text}"'


def _text(*lines: str) -> str:
    return "\n".join((SIGNED, *lines, ""))
