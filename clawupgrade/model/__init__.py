"""The values that the whole program speaks in: what was found, what will be done, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clawupgrade.lazily import exporter

if TYPE_CHECKING:
    from clawupgrade.model.account import Account
    from clawupgrade.model.install import CredentialRef, Install, Node, Package
    from clawupgrade.model.kept import PLAN_FORMAT, plan_from_json, plan_to_json
    from clawupgrade.model.plan import Limits, Plan
    from clawupgrade.model.report import Outcome, Report, StepReport
    from clawupgrade.model.request import Engine, Offline, Request
    from clawupgrade.model.service import Owner, Service
    from clawupgrade.model.target import DEPENDENCIES, Hop, Target

__all__ = [
    "DEPENDENCIES",
    "PLAN_FORMAT",
    "Account",
    "CredentialRef",
    "Engine",
    "Hop",
    "Install",
    "Limits",
    "Node",
    "Offline",
    "Outcome",
    "Owner",
    "Package",
    "Plan",
    "Report",
    "Request",
    "Service",
    "StepReport",
    "Target",
    "plan_from_json",
    "plan_to_json",
]

_HOMES = {
    "clawupgrade.model.account": ("Account",),
    "clawupgrade.model.install": (
        "CredentialRef",
        "Install",
        "Node",
        "Package",
    ),
    "clawupgrade.model.kept": (
        "PLAN_FORMAT",
        "plan_from_json",
        "plan_to_json",
    ),
    "clawupgrade.model.plan": (
        "Limits",
        "Plan",
    ),
    "clawupgrade.model.report": (
        "Outcome",
        "Report",
        "StepReport",
    ),
    "clawupgrade.model.request": (
        "Engine",
        "Offline",
        "Request",
    ),
    "clawupgrade.model.service": (
        "Owner",
        "Service",
    ),
    "clawupgrade.model.target": (
        "DEPENDENCIES",
        "Hop",
        "Target",
    ),
}

__getattr__ = exporter(__name__, _HOMES)
