"""Conserve: what was there before the run is there now, or the run is not called good."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from clawupgrade.conservation.losses import Loss, losses, names_beyond, unread
from clawupgrade.conservation.re_adding import added_again, job_params
from clawupgrade.conservation.rows import OnLoss, Repair, row_of
from clawupgrade.conservation.thing import Inventory
from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.model import Plan
from clawupgrade.openclaw import argv, environment, output
from clawupgrade.ports import Command, Completed, Event, Host
from clawupgrade.steps import inside
from clawupgrade.steps.inventory import read_inventory
from clawupgrade.steps.stock import ask_accounts, seat, take_stock

# A gateway that has just said hello may still be carrying its jobs into another store.
_SETTLES_WITHIN = 20.0
_CONNECTS_WITHIN = 120.0
_PAUSE = 1.0
_CALL = 120.0
_TOLD = 5


class Conserve(Struct, frozen=True):
    """Counts again while the new gateway serves, and compares; the last proof before a stranger is asked."""

    name: str = "conserve"
    live: bool = True

    def do(self, host: Host, plan: Plan) -> None:
        """Wait until what is missing has come, then add again what can be added."""
        lost = self._settled(host, plan)
        jobs = [loss for loss in lost if row_of(loss.row).repair is Repair.ADD_JOB and loss.policy is not OnLoss.ACCEPT]
        if not jobs or not plan.serve_after:
            return
        served = _served_jobs(host, plan)
        counted = read_inventory(host, plan).of("cron") or {}
        for loss in jobs:
            if served is None or loss.name in served or not (body := counted[loss.name].body):
                continue
            done = _openclaw(host, plan, argv.cron_add(*_tool(host, plan), job_params(body)))
            words = "it was added again" if done.ok else f"adding it again failed: {output.last_words(done.err)}"
            host.say(Event("note", self.name, f"{loss.words}: {words}"))

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """Nothing is lost that the plan does not accept."""
        before = read_inventory(host, plan)
        after = self._counted(host, plan, before)
        every = _losses(host, plan, before, after)
        again = {loss: new for loss in every if (new := added_again(loss, before, after))}
        found = list(_unknown_to_the_gateway(host, plan, [loss for loss in every if loss not in again]))
        accepted = [loss for loss in found if self._is_accepted(host, loss)]
        refused = [loss for loss in found if loss not in accepted]
        if refused:
            raise StepFailed(_sentence(refused), _hint(refused))
        return {
            "things": after.counts,
            "came": names_beyond(after, before),
            "gone": names_beyond(before, after),
            "unread": list(unread(before, after)),
            "notes": [
                *(f"{loss.words}: it was added again as {new}" for loss, new in again.items()),
                *(loss.words for loss in accepted),
            ],
        }

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Nothing: what was added again goes with the state that it was added to."""
        return {}

    def _counted(self, host: Host, plan: Plan, before: Inventory) -> Inventory:
        """With the channel accounts, where there were any: those take their time to come up."""
        until = host.clock.monotonic() + _CONNECTS_WITHIN
        asks = bool(before.of("accounts")) and plan.serve_after
        while True:
            accounts = ask_accounts(host, plan.install, plan.hops[-1].live) if asks else None
            after = take_stock(host, seat(host, plan), accounts)
            waits = any(loss.row == "accounts" for loss in _losses(host, plan, before, after)) or accounts is None
            if not asks or not waits or host.clock.monotonic() > until:
                return after
            host.clock.sleep(_PAUSE)

    def _settled(self, host: Host, plan: Plan) -> tuple[Loss, ...]:
        before = read_inventory(host, plan)
        until = host.clock.monotonic() + _SETTLES_WITHIN
        while True:
            lost = _losses(host, plan, before, take_stock(host, seat(host, plan)))
            waits = [loss for loss in lost if loss.policy is not OnLoss.ACCEPT and loss.row != "clobbered"]
            if not waits or not plan.serve_after or host.clock.monotonic() > until:
                return lost
            host.clock.sleep(_PAUSE)

    def _is_accepted(self, host: Host, loss: Loss) -> bool:
        if loss.policy is OnLoss.ASK:
            return host.ask(f"after the upgrade {loss.words}. Keep the new version all the same?")
        return loss.policy is OnLoss.ACCEPT


def _losses(host: Host, plan: Plan, before: Inventory, after: Inventory) -> tuple[Loss, ...]:
    now = int(host.clock.now().timestamp() * 1000)
    return losses(before, after, now=now, policy=dict(plan.losses or ()), serving=plan.serve_after)


def _unknown_to_the_gateway(host: Host, plan: Plan, found: list[Loss]) -> Iterator[Loss]:
    """Without the jobs that the serving gateway has after all: it may keep them where we do not look."""
    jobs = [loss for loss in found if loss.row == "cron"]
    served = _served_jobs(host, plan) if jobs and plan.serve_after else None
    for loss in found:
        if served is None or loss not in jobs or not served.get(loss.name):
            yield loss


def _served_jobs(host: Host, plan: Plan) -> dict[str, bool] | None:
    """Cron jobs as the gateway itself has them, and whether each is on; None where it does not say."""
    done = _openclaw(host, plan, argv.cron_list(*_tool(host, plan)))
    said = output.json_document(done.out) if done.ok else None
    jobs = said.get("jobs") if isinstance(said, dict) else None
    if not isinstance(jobs, list):
        return None
    return {str(job.get("id")): job.get("enabled") is not False for job in jobs if isinstance(job, dict)}


def _tool(host: Host, plan: Plan) -> tuple[str, str]:
    return inside.tool(host, plan.install, plan.hops[-1].live)


def _openclaw(host: Host, plan: Plan, words: tuple[str, ...]) -> Completed:
    command = Command(words, env=environment.for_openclaw(plan.install), account=plan.install.account, wall=_CALL)
    return inside.ask(host, plan.install, command)


def _sentence(refused: list[Loss]) -> str:
    told = "; ".join(loss.words for loss in refused[:_TOLD])
    more = f"; and {len(refused) - _TOLD} more" if len(refused) > _TOLD else ""
    return f"the upgrade loses something: {told}{more}"


def _hint(refused: list[Loss]) -> str:
    rows = " ".join(f"--accept-loss {key}" for key in dict.fromkeys(loss.row for loss in refused))
    return f"to go on all the same: clawupgrade run {rows}"
