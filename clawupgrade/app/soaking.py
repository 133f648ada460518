"""The watch after an upgrade: begun with the run's end, looked in on by a timer, ended by time or by a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from clawupgrade.conservation.losses import losses
from clawupgrade.conservation.material import Material
from clawupgrade.conservation.of_state import accounts
from clawupgrade.conservation.thing import Inventory, inventory_from_json
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import ClawupgradeError, UsageError
from clawupgrade.gateway.row import State
from clawupgrade.gateway.verdict import judge
from clawupgrade.model import Outcome, Plan, Report, plan_from_json
from clawupgrade.policy.soak import KEPT_AS, Look, Soak, soak_from
from clawupgrade.ports import Host
from clawupgrade.steps import serving
from clawupgrade.steps.inventory import inventory_path
from clawupgrade.steps.stock import ask_accounts


def begin_soak(host: Host, runs: Runs, report: Report) -> None:
    """After an upgrade that changed something the watch begins; any other change ends the one before."""
    if not report.changed:
        return
    plan = plan_from_json(dict(runs.load(report.run_id).records[0].data))
    wanted = plan.soak or plan.confirm_within
    if plan.kind != "upgrade" or report.outcome is not Outcome.UPGRADED or not wanted or not plan.serve_after:
        if soak_of(runs) is not None:
            runs.keep(KEPT_AS, {})
        return
    now = host.clock.now()
    until = now + timedelta(seconds=plan.soak)
    by = now + timedelta(seconds=plan.confirm_within) if plan.confirm_within else None
    restarts = host.services.look(plan.landing.service).restarts
    runs.keep(KEPT_AS, msgspec.to_builtins(Soak(plan.run_id, plan.target, now, until, by, restarts)))


def soak_of(runs: Runs) -> Soak | None:
    """The watch that is under way, or None. Raises JournalDamaged."""
    return soak_from(runs.kept(KEPT_AS))


def confirm(runs: Runs) -> Soak:
    """A person says that all is well: the watch is over.

    Raises:
        UsageError: nothing is watched.
    """
    found = soak_of(runs)
    if found is None:
        raise UsageError("no upgrade is being watched", "see: clawupgrade status")
    runs.keep(KEPT_AS, {})
    return found


def look(host: Host, runs: Runs, soak: Soak) -> Look | None:
    """One look at the gateway; None where nobody could look. Nothing is changed."""
    plan = plan_from_json(dict(runs.load(soak.run_id).records[0].data))
    install = plan.landing
    host.secrets.learn(install.config_path)
    state = host.services.look(install.service)
    if state.active is None:
        return None
    # Without a service manager somebody may have started it anew by hand.
    if not state.active and not host.processes.listeners(install.address.port):
        return Look(False, state.restarts, state.exit_status, None, state.words)
    answer = host.gateways.ask(install.address, serving.same_secret(host, install) or install.credential)
    verdict = judge(answer, install.baseline)
    return Look(
        active=True,
        restarts=state.restarts,
        exit_status=state.exit_status,
        judgement=verdict.condemns,
        words=host.veil(verdict.explanation),
        is_silent=verdict.state is State.SILENT,
        lost=tuple(_lost(host, plan, host.clock.now())) if verdict.state is State.READY else (),
    )


def _lost(host: Host, plan: Plan, now: datetime) -> Iterator[str]:
    """Channel accounts that were there before the run and are not connected now."""
    content = host.files.read(inventory_path(plan))
    before = inventory_from_json(json.loads(content)).of("accounts") if content else None
    if not before:
        return
    try:
        said = ask_accounts(host, plan.landing, plan.hops[-1].live)
    except ClawupgradeError:
        return  # a release that cannot be asked tells of no loss
    if said is None:
        return
    known = Inventory({"accounts": dict(before)})
    after = Inventory({"accounts": dict(accounts(Material(accounts=said)))})
    milliseconds = int(now.timestamp() * 1000)
    yield from (each.words for each in losses(known, after, now=milliseconds, policy={}))
