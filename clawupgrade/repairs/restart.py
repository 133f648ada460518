"""Read the definition again and restart: for a gateway that runs on what was true when it started."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.errors import StepFailed
from clawupgrade.model import Plan
from clawupgrade.ports import Host
from clawupgrade.repairs import gateway


class Restart(Struct, frozen=True):
    """`daemon-reload`, stop, start."""

    rung: Rung = Rung.RESTART

    def says(self, plan: Plan) -> str:
        """One sentence."""
        return "have the service manager read the definition again, and restart the gateway"

    def do(self, host: Host, plan: Plan) -> None:
        """A gateway that was stopped stays stopped."""
        host.services.reload(plan.install.service)
        gateway.stop(host, plan)
        gateway.start(host, plan)

    def prove(self, host: Host, plan: Plan) -> None:
        """Another process than before."""
        before, now = plan.install.service.main_pid, host.services.look(plan.install.service).main_pid
        if before is not None and before == now:
            raise StepFailed("the gateway still runs under its old PID", "the old process was not stopped")
