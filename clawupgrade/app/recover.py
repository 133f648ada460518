"""Recover: a run that was cut off is brought to its end by the same engine, with nobody typing."""

from __future__ import annotations

from clawupgrade.app.finish import finish, finish_owed
from clawupgrade.app.report import report_of
from clawupgrade.engine import journal as kinds
from clawupgrade.engine.decide import Closed, Stuck, decide
from clawupgrade.engine.journal import Journal
from clawupgrade.engine.runner import drive
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Broken, UsageError
from clawupgrade.model import Outcome, Plan, Report, plan_from_json
from clawupgrade.ports import Host
from clawupgrade.steps import steps_of


def open_run(runs: Runs) -> str | None:
    """The one run whose journal is not closed, or None. The lock allows no second one."""
    for run_id in reversed(runs.ids()):
        records = runs.load(run_id).records
        if records and records[-1].kind != kinds.RUN_CLOSED:
            return run_id
    return None


def recover(
    host: Host, runs: Runs, run_id: str | None = None, *, retry: bool = False, stop_before: str = ""
) -> Report | None:
    """Bring an open run to its end. None: there is none, and nothing was done.

    stop_before: leave the journal open before this step is undone. At boot the part before the
    gateway may start is done first, and the old gateway's own start is left to the service manager.

    A run that is stuck (an undo failed) is only taken up again with `retry`, after a person has
    repaired what stood in the way.

    Raises:
        Broken: the run is stuck and `retry` was not given.
        UsageError: `run_id` does not exist.
    """
    run_id = run_id or open_run(runs)
    if run_id is None:
        return None
    if run_id not in runs.ids():
        raise UsageError(f"there is no run {run_id}", "see: clawupgrade history")
    journal = runs.load(run_id)
    plan = _plan(journal)
    steps = steps_of(plan)
    match decide(steps, journal.records):
        case Closed():
            return report_of(journal.records)
        case Stuck(step, reason):
            if not retry:
                raise Broken(
                    f"run {run_id} is stuck going back over “{step}”: {reason}",
                    f"what is where: clawupgrade show {run_id}; once mended: clawupgrade recover --retry {run_id}",
                )
            journal.append(kinds.RUN_RETRIED)
        case _:
            journal.append(kinds.RUN_INTERRUPTED, data={"by": "recover"})
    host.secrets.learn(plan.landing.config_path)
    host.fence.shut()
    drive(steps, plan, journal, host, stop_before=stop_before)
    return report_of(journal.records)


def settle(host: Host, runs: Runs) -> Report | None:
    """Bring an open run to its end before anything new may begin. None: there was none.

    Raises:
        Broken: it is stuck, or has become so now.
    """
    report = recover(host, runs)
    if report is None:
        finish_owed(host, runs)
        return None
    if report.outcome is Outcome.BROKEN:
        raise Broken(
            f"run {report.run_id} had been cut off, and going back failed: {report.message}",
            f"what is where: clawupgrade show {report.run_id}; "
            f"once mended: clawupgrade recover --retry {report.run_id}",
        )
    return finish(host, runs, report)


def _plan(journal: Journal) -> Plan:
    return plan_from_json(dict(journal.records[0].data))
