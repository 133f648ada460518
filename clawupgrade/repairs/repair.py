"""What a repair is: it says what it will do, does it, and proves that what it was for is so."""

from __future__ import annotations

from typing import Protocol

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.model import Plan
from clawupgrade.ports import Host


class Repair(Protocol):
    """One rung of the ladder. Its undoing is the step's: the snapshot of all that a repair may touch."""

    @property
    def rung(self) -> Rung:
        """Its place on the ladder."""
        ...

    def says(self, plan: Plan) -> str:
        """What will be done, in one sentence for a person."""
        ...

    def do(self, host: Host, plan: Plan) -> None:
        """Do it. Raises StepFailed."""
        ...

    def prove(self, host: Host, plan: Plan) -> None:
        """See that what it was for is so. Raises StepFailed."""
        ...
