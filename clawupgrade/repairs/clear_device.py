"""Clear the device token that this machine has cached: its next client gets a new one for the shared token."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.errors import StepFailed
from clawupgrade.model import Plan
from clawupgrade.ports import Host


class ClearDevice(Struct, frozen=True):
    """Only the cache of this machine: the key of the device and the gateway's list of devices stay (#18274)."""

    rung: Rung = Rung.CLEAR_DEVICE

    def says(self, plan: Plan) -> str:
        """One sentence."""
        return f"remove {_cache(plan)}, this machine's cached device token; no device is unpaired"

    def do(self, host: Host, plan: Plan) -> None:
        """Remove the cache."""
        host.files.remove(_cache(plan))

    def prove(self, host: Host, plan: Plan) -> None:
        """It is gone."""
        if host.files.exists(_cache(plan)):
            raise StepFailed(f"{_cache(plan)} is still there")


def _cache(plan: Plan) -> str:
    return f"{plan.install.state_dir}/identity/device-auth.json"
