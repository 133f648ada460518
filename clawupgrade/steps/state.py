"""State, config and service definition as they were: back together, before old code may start."""

from __future__ import annotations

from clawupgrade.errors import UndoFailed
from clawupgrade.model import Plan
from clawupgrade.ports import Host
from clawupgrade.steps import serving


def put_back(host: Host, plan: Plan) -> None:
    """Restore this run's snapshot, and see that nothing differs from it.

    Raises:
        UndoFailed: there is no sealed snapshot, or the restore left something out.
    """
    if not host.snapshots.is_sealed(plan.snapshot):
        raise UndoFailed("there is no sealed snapshot to go back to")
    serving.make_way(host, plan)
    host.snapshots.restore(plan.snapshot)
    host.services.reload(plan.install.service)
    left = host.snapshots.differs(plan.snapshot)
    if left:
        raise UndoFailed(f"{len(left)} files are not as they were, {left[0]} among them")
