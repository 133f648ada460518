"""What a step is: it does, it proves, and it can be undone from wherever it was cut off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from clawupgrade.model import Plan
from clawupgrade.ports import Host

Evidence = Mapping[str, Any]


class Step(Protocol):
    """One step of a plan.

    `live` steps change what the gateway runs on; undoing one makes a run "rolled back" instead of
    "failed, nothing was touched".
    """

    @property
    def name(self) -> str:
        """Unique in its run; part of the journal format."""
        ...

    @property
    def live(self) -> bool:
        """Whether the live installation is touched."""
        ...

    def do(self, host: Host, plan: Plan) -> None:
        """Do the work. Raises StepFailed; whatever was half done is left to `undo`."""
        ...

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """Look at the world and say why the work counts as done. Raises StepFailed."""
        ...

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Make it as if `do` had never begun.

        Right whether `do` never ran, ran half or ran, and right again when run twice.
        Raises UndoFailed when the old state cannot be had back.
        """
        ...
