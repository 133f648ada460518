"""Faults planted in the repairs of `diagnose --fix`: each is one careless line that somebody might write."""

from __future__ import annotations

import pytest

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.model import Plan
from clawupgrade.ports import Host
from clawupgrade.repairs import gateway
from clawupgrade.steps import leftovers
from clawupgrade.steps.repairing import Repairing, Served

Patch = pytest.MonkeyPatch


def mended_is_not_synced(patch: Patch) -> None:
    """The gateway serves on the new unit: the disk will have it some time."""
    patch.setattr(Served, "do", lambda step, host, plan: gateway.start(host, plan))


def units_are_read_once(patch: Patch) -> None:
    """Nothing differs any more, so there is nothing left to undo."""
    before = Repairing.undo

    def undo(step: Repairing, host: Host, plan: Plan) -> Evidence:
        if host.snapshots.differs(plan.snapshot) or leftovers.found(host, plan.install.config_path):
            return before(step, host, plan)
        gateway.start(host, plan)
        return {}

    patch.setattr(Repairing, "undo", undo)


def stop_is_believed(patch: Patch) -> None:
    """The service manager said that the gateway has stopped, so its config can be written."""

    def stop(host: Host, plan: Plan) -> None:
        if host.services.look(plan.install.service).active is not False:
            host.services.stop(plan.install.service, plan.limits.stop)

    patch.setattr(gateway, "stop", stop)


def repair_is_not_undone(patch: Patch) -> None:
    """It did not help, and it does no harm either."""

    def undo(step: Repairing, host: Host, plan: Plan) -> Evidence:
        try:
            gateway.start(host, plan)
        except StepFailed as error:
            raise UndoFailed(error.message, error.hint) from error
        return {}

    patch.setattr(Repairing, "undo", undo)
