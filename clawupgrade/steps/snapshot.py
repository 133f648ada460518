"""Snapshot: config, state and service definition are copied while the old gateway serves."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.model import Plan
from clawupgrade.ports import Host
from clawupgrade.steps.description import describe
from clawupgrade.steps.texts import config_texts

_SHOWN = 50


class Snapshot(Struct, frozen=True):
    """The long pass. What changes after it is caught up with when the gateway has stopped."""

    name: str = "snapshot"
    live: bool = False

    def do(self, host: Host, plan: Plan) -> None:
        """Copy everything; databases by their own online backup."""
        meta = describe(host, plan.install, f"before the {plan.kind} to {plan.target}")
        host.snapshots.take(plan.snapshot, plan.sources, config_texts(host, plan.install.config_path), meta)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """Read back and compare, before anything is touched; sealing waits for the last delta."""
        host.snapshots.verify(plan.snapshot)
        left_out = [*host.snapshots.left_out(plan.snapshot)]
        more = {"left_out_count": len(left_out)} if len(left_out) > _SHOWN else {}
        return {"snapshot": plan.snapshot, "left_out": left_out[:_SHOWN], **more}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """A sealed snapshot stays as evidence; an unsealed one does not exist and goes."""
        if not host.snapshots.is_sealed(plan.snapshot):
            host.snapshots.discard(plan.snapshot)
        return {}
