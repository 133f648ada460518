"""A stage that an earlier `clawupgrade stage` has left, taken over by the run that can use it."""

from __future__ import annotations

from msgspec.structs import replace

from clawupgrade.app.earlier import earlier_runs, prepared
from clawupgrade.engine.runs import Runs
from clawupgrade.model import Plan
from clawupgrade.ports import Host
from clawupgrade.steps import packages


def take_over(host: Host, runs: Runs, plan: Plan) -> Plan:
    """The plan with the stage of an earlier run in it, where that is of the same version, for the same package.

    Whether it is still as it was, and still about this installation, its steps see for themselves.
    """
    ahead = prepared(earlier_runs(runs))
    if ahead is None or len(plan.hops) != 1 or plan.engine is not ahead.engine:
        return plan
    (hop,), (built,) = plan.hops, ahead.hops
    if replace(hop, stage="", tree="", variables=()) != replace(built, stage="", tree="", variables=()):
        return plan
    if (plan.install.package.version, plan.install.node) != (ahead.install.package.version, ahead.install.node):
        return plan
    if not host.files.exists(packages.manifest_path(built)):
        return plan
    return replace(plan, hops=(replace(hop, stage=built.stage, tree=built.tree, prepared=ahead.run_id),))
