"""The two units that look in on what an ended run has left to do; they stand only as long as there is something."""

from __future__ import annotations

from collections.abc import Sequence

from clawupgrade.openclaw.boot_units import quote_word

SIGNED = "# Written by clawupgrade for the time after a run; it goes by itself."


def names(suffix: str) -> tuple[str, str]:
    """Service and timer."""
    return f"clawupgrade-tend{suffix}.service", f"clawupgrade-tend{suffix}.timer"


def texts(argv: Sequence[str], environment: Sequence[tuple[str, str]], suffix: str) -> tuple[tuple[str, str], ...]:
    """(name, text) of both. Every minute, also after a reboot; never two at a time."""
    service, timer = names(suffix)
    lines = [f"Environment={quote_assignment(name, value)}" for name, value in environment]
    return (
        (
            service,
            _text(
                "[Unit]",
                "Description=OpenClaw: watch an upgrade, send what could not be sent",
                "",
                "[Service]",
                "Type=oneshot",
                *lines,
                f"ExecStart={' '.join(quote_word(word) for word in argv)}",
                "# 3: what was watched was taken back. 75: somebody else is at work.",
                "SuccessExitStatus=3 75",
                "TimeoutStartSec=3h",
                "TimeoutStopSec=15min",
                "KillMode=mixed",
            ),
        ),
        (
            timer,
            _text(
                "[Unit]",
                "Description=OpenClaw: watch an upgrade, send what could not be sent",
                "",
                "[Timer]",
                "OnActiveSec=60",
                "OnBootSec=60",
                "OnUnitInactiveSec=60",
                "AccuracySec=5",
                "",
                "[Install]",
                "WantedBy=timers.target",
            ),
        ),
    )


def quote_assignment(name: str, value: str) -> str:
    """`Environment=` knows no $; a percent sign is a specifier.

    >>> quote_assignment("A", "50%")
    '"A=50%%"'
    """
    text = f"{name}={value}".replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{text}"'


def _text(*lines: str) -> str:
    return "\n".join((SIGNED, *lines, ""))
