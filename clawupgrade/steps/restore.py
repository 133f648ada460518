"""Restore: in a rollback long after, the old state comes back where the old code needs it."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.ports import Host
from clawupgrade.steps import state


class Restore(Struct, frozen=True):
    """Puts back the parts of an earlier snapshot that the plan names; undone from this run's own."""

    hop: Hop
    live: bool = True

    @property
    def name(self) -> str:
        """`restore:VERSION` of the release whose state comes back."""
        return f"restore:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Restore; what is replaced is in this run's snapshot, so `rollback --undo` returns."""
        state.carry_home(host, plan.install.state_dir, plan.landing.state_dir)
        host.snapshots.restore(plan.restore_from, names=plan.restore_names)
        host.services.reload(plan.landing.service)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """On the disk lies what the snapshot says."""
        left = host.snapshots.differs(plan.restore_from, names=plan.restore_names)
        if left:
            raise StepFailed(f"{len(left)} files are not as in the snapshot, {left[0]} among them")
        return {"restored": plan.restore_from, "names": list(plan.restore_names)}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Everything from the snapshot that this run took before it stopped the gateway."""
        state.put_back(host, plan)
        return {"restored": plan.snapshot}
