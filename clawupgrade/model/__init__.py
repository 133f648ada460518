"""The values that the whole program speaks in: what was found, what will be done, what came of it."""

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
