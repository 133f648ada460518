"""Pause: between two hops the gateway that was just proven makes room for the next version."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.ports import Host
from clawupgrade.steps import serving


class Pause(Struct, frozen=True):
    """Stops the waypoint's gateway; going back over it needs nothing, for its start is undone next."""

    hop: Hop
    live: bool = True

    @property
    def name(self) -> str:
        """`pause:VERSION` of the waypoint that is left."""
        return f"pause:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Stop it."""
        serving.make_way(host, plan)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """It is down."""
        state = host.services.look(plan.landing.service)
        if state.active:
            raise StepFailed(f"the gateway of {self.hop.version} did not stop: {state.words}")
        return {}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Nothing: it stays stopped until the old gateway starts."""
        return {}
