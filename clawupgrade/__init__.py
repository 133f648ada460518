"""Upgrades a real OpenClaw installation: all new and proven, or all old and proven.

The command is `clawupgrade`; its use cases are functions too:

    from clawupgrade import plan, run

They are imported when they are first named, so that `clawupgrade --version` costs nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clawupgrade.lazily import exporter
from clawupgrade.version import __version__

if TYPE_CHECKING:
    from clawupgrade.api import Status, history, plan, recover, rollback, run, status
    from clawupgrade.app.prospect import Prospect
    from clawupgrade.errors import Broken, Busy, ClawupgradeError, Exit, Refused
    from clawupgrade.model import Install, Outcome, Plan, Report
    from clawupgrade.ports import Event

__all__ = [
    "Broken",
    "Busy",
    "ClawupgradeError",
    "Event",
    "Exit",
    "Install",
    "Outcome",
    "Plan",
    "Prospect",
    "Refused",
    "Report",
    "Status",
    "__version__",
    "history",
    "plan",
    "recover",
    "rollback",
    "run",
    "status",
]

_HOMES = {
    "clawupgrade.api": ("Status", "history", "plan", "recover", "rollback", "run", "status"),
    "clawupgrade.app.prospect": ("Prospect",),
    "clawupgrade.errors": ("Broken", "Busy", "ClawupgradeError", "Exit", "Refused"),
    "clawupgrade.model": ("Install", "Outcome", "Plan", "Report"),
    "clawupgrade.ports": ("Event",),
}

__getattr__ = exporter(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
