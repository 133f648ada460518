"""Wait and ask again: for a gateway that is starting, or that has shut its door for some minutes."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.gateway.patience import SHUT_DOOR
from clawupgrade.model import Plan
from clawupgrade.ports import Host


class Wait(Struct, frozen=True):
    """Lets time pass; the handshake after it is the proof."""

    rung: Rung = Rung.WAIT

    def says(self, plan: Plan) -> str:
        """One sentence."""
        if plan.install.baseline.cause == "rate-limited":
            return "wait five minutes without knocking, then ask again"
        return "wait until the gateway has started, then ask again"

    def do(self, host: Host, plan: Plan) -> None:
        """Wait where only time opens the door; a start is waited for by the handshake itself."""
        if plan.install.baseline.cause == "rate-limited":
            until = host.clock.monotonic() + SHUT_DOOR
            while host.clock.monotonic() < until and host.fence.taken() is None:
                host.clock.sleep(1.0)

    def prove(self, host: Host, plan: Plan) -> None:
        """The handshake does."""
