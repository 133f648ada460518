"""Probe: one patient handshake for a run, by a process that knows nothing but its plan."""

from __future__ import annotations

from clawupgrade.engine.runs import Runs
from clawupgrade.gateway.verdict import Judgement, Verdict
from clawupgrade.model import plan_from_json
from clawupgrade.ports import Host
from clawupgrade.steps import serving

WELL_ENOUGH = (Judgement.ACCEPT, Judgement.REPORT_ONLY)


def probe(host: Host, runs: Runs, run_id: str) -> Verdict:
    """Ask the run's gateway until the answer settles.

    Raises:
        StepFailed: the answer condemns the upgrade.
    """
    plan = plan_from_json(dict(runs.load(run_id).records[0].data))
    _, verdict = serving.await_target(host, plan, "confirm")
    return verdict
