"""What came of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct, field


class Outcome(StrEnum):
    """How a run ended. The text is part of the JSON contract."""

    UPGRADED = "upgraded"
    MENDED = "mended"
    STAGED = "staged"
    NOTHING_TO_DO = "nothing-to-do"
    SKIPPED = "skipped"
    FAILED_CLEAN = "failed-clean"
    ROLLED_BACK = "rolled-back"
    NEEDS_PERSON = "needs-person"
    BROKEN = "broken"
    # Only of commands that ended before a run began:
    REFUSED = "refused"
    BUSY = "busy"
    STOPPED = "stopped"
    USAGE = "usage"
    CONFIG = "bad-configuration"


class StepReport(Struct, frozen=True):
    """What one step did, as the result document shows it."""

    name: str
    state: str
    seconds: float
    evidence: dict[str, Any] = field(default_factory=dict)
    error: str = ""


class Report(Struct, frozen=True):
    """How a run, or a command that ended before one, came out. `away` is in seconds.

    reason: stable word for why a run was skipped (`held`, `quarantined`, …), else "".
    """

    outcome: Outcome
    exit_code: int
    run_id: str = ""
    from_version: str = ""
    to_version: str = ""
    changed: bool = False
    away: float | None = None
    seconds: float = 0.0
    message: str = ""
    hint: str = ""
    steps: tuple[StepReport, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
