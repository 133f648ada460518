"""Quiesce: the gateway stops here, once, and the snapshot takes its last delta."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.model import Plan
from clawupgrade.ports import Host
from clawupgrade.steps import held, serving


class Quiesce(Struct, frozen=True):
    """Stops the gateway through its owner; its undo is the promise that the old one serves again."""

    name: str = "quiesce"
    live: bool = True

    def do(self, host: Host, plan: Plan) -> None:
        """See that no engine starts it meanwhile, stop, see that nobody holds the port, then seal the snapshot."""
        held.hold(host, plan)
        if plan.serve_after:
            host.services.stop(plan.install.service, plan.limits.stop)
        serving.require_quiet_port(host, plan)
        if not host.snapshots.is_sealed(plan.snapshot):
            host.snapshots.delta(plan.snapshot)
            host.snapshots.verify(plan.snapshot)
            host.snapshots.seal(plan.snapshot)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """The owner says that it is down, and the snapshot exists."""
        state = host.services.look(plan.install.service)
        if state.active and plan.serve_after:
            raise StepFailed(f"the gateway was stopped, but its owner says: {state.words}")
        if not host.snapshots.is_sealed(plan.snapshot):
            raise StepFailed("the snapshot was not sealed")
        return {"stopped_at": host.clock.now().isoformat(), "was_serving": plan.serve_after}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Start the old gateway and see it as good as it was before the run."""
        if not plan.serve_after:
            held.make_old(host, plan)
            held.let_go(host, plan)
            return {}
        if not host.services.look(plan.install.service).active:
            host.services.start(plan.install.service, plan.limits.stop)
        held.let_go(host, plan)
        try:
            seen = serving.await_baseline(host, plan)
        except StepFailed as error:
            raise UndoFailed(
                f"the old gateway does not come back: {error.message}",
                error.hint or "look at its log, then run: clawupgrade recover --retry",
            ) from error
        return {"served_at": host.clock.now().isoformat(), "gateway": seen}
