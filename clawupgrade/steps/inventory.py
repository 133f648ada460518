"""Inventory: what must survive is counted while the old gateway still serves, and kept in the run's folder."""

from __future__ import annotations

import json

from msgspec import Struct

from clawupgrade.conservation.thing import Inventory as Counted
from clawupgrade.conservation.thing import inventory_from_json
from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.gateway.verdict import Was
from clawupgrade.model import Plan
from clawupgrade.ports import Host
from clawupgrade.steps import leftovers
from clawupgrade.steps.stock import ask_accounts, has_channels, take_stock


class Inventory(Struct, frozen=True):
    """The last thing before the gateway stops: a job that ran and went by then is not missed later."""

    name: str = "inventory"
    live: bool = False

    def do(self, host: Host, plan: Plan) -> None:
        """Names, switches, versions, modes and digests; no secret is in it."""
        install = plan.install
        asks = plan.serve_after and install.baseline.was is Was.READY and has_channels(host, install)
        accounts = ask_accounts(host, install, install.package.root) if asks else None
        counted = take_stock(host, install, accounts)
        host.files.write(inventory_path(plan), json.dumps(counted.to_json()).encode())

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """It can be read back."""
        return {"things": read_inventory(host, plan).counts}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """It stays as evidence."""
        leftovers.remove(host, inventory_path(plan))
        return {}


def inventory_path(plan: Plan) -> str:
    """Where the run keeps it."""
    return f"{plan.folder}/inventory.json"


def read_inventory(host: Host, plan: Plan) -> Counted:
    """What was there before.

    Raises:
        StepFailed: it is gone.
    """
    content = host.files.read(inventory_path(plan))
    if content is None:
        raise StepFailed("what was there before the run is not known any more: inventory.json is gone")
    return inventory_from_json(json.loads(content))
