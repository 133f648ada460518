"""Waiting for a gateway: patience driven by signs of life, judged against how it was before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clawupgrade.errors import StepFailed
from clawupgrade.gateway.answer import Answer
from clawupgrade.gateway.patience import SHUT_DOOR, GiveUp, Patience, Signs, Wait, hard_cap_for
from clawupgrade.gateway.verdict import Judgement, Verdict, Was, judge
from clawupgrade.model import CredentialRef, Install, Plan
from clawupgrade.openclaw.output import last_words
from clawupgrade.ports import Event, Host

_PORT_FREE_WITHIN = 15.0
_WELL_ENOUGH = (Judgement.ACCEPT, Judgement.REPORT_ONLY)


def make_way(host: Host, plan: Plan) -> None:
    """Stop whatever gateway runs, before what it runs on is changed.

    After a power cut without our boot units the service manager may have started one on a machine
    that is half new, and early updaters start it themselves.

    Raises:
        StepFailed: it does not stop, or the port stays taken.
    """
    for service in plan.services:
        if host.services.look(service).active is not False:
            host.services.stop(service, plan.limits.stop)
    require_quiet_port(host, plan)


def require_quiet_port(host: Host, plan: Plan) -> None:
    """Wait until nobody listens on the gateway's port.

    Raises:
        StepFailed: somebody still does; named by pid, never killed from here.
    """
    until = host.clock.monotonic() + _PORT_FREE_WITHIN
    while listeners := host.processes.listeners(plan.install.address.port):
        if host.clock.monotonic() > until:
            pids = ", ".join(str(process.pid) for process in listeners)
            raise StepFailed(f"port {plan.install.address.port} is still held by process {pids}")
        host.clock.sleep(0.1)


def await_target(host: Host, plan: Plan, step: str) -> tuple[Answer, Verdict]:
    """Wait until the answer settles.

    Comes back with a verdict that does not condemn: READY, as bad as it was before, or a person's.

    Raises:
        StepFailed: the gateway is worse than before the run, in its own words.
    """
    began = host.clock.now()
    answer, verdict = settle(host, plan, step)
    require_well(host, plan, verdict, began)
    return answer, verdict


def settle(host: Host, plan: Plan, step: str) -> tuple[Answer, Verdict]:
    """Wait until the target's answer settles, whatever it is."""
    return _settle(host, plan, plan.landing, step)


def require_well(host: Host, plan: Plan, verdict: Verdict, since: datetime) -> None:
    """Let pass what does not condemn. Raises StepFailed with the gateway's own words since then."""
    if verdict.condemns not in (*_WELL_ENOUGH, Judgement.NEEDS_PERSON):
        said = own_words(host, plan, since)
        raise StepFailed(f"the gateway is {verdict.state}: {verdict.explanation}{said}", verdict.cure)


def own_words(host: Host, plan: Plan, since: datetime) -> str:
    """What the gateway itself says of its failure since then, to be put behind a sentence; "" for silence."""
    said = last_words("\n".join(host.services.words(plan.landing.service, since)))
    return f"; its own words: {said}" if said else ""


def same_secret(host: Host, install: Install) -> CredentialRef | None:
    """A place where the secret that was chosen before the run stands now; None where it is nowhere.

    One place is enough: doctor or a service refresh may move it out of the unit into the config.
    """
    chosen = install.credential
    if chosen is None:
        return None
    places = [chosen, *(ref for ref in install.credentials if ref.digest == chosen.digest and ref != chosen)]
    return next((ref for ref in places if host.secrets.digest(ref) == chosen.digest), None)


def await_baseline(host: Host, plan: Plan) -> Mapping[str, Any]:
    """Wait until the old gateway is as good as it was before the run.

    Raises:
        StepFailed: it is not.
    """
    before = plan.install.baseline
    answer, verdict = _settle(host, plan, plan.install, "quiesce")
    # Whatever it refuses us, a gateway that was not READY before owes us no more than an answer.
    if verdict.condemns in _WELL_ENOUGH or before.was is not Was.READY:
        return answer.to_json() | {"verdict": verdict.state.value}
    raise StepFailed(f"the gateway is {verdict.state}: {verdict.explanation}", verdict.cure)


def _where_it_stands(host: Host, install: Install) -> CredentialRef | None:
    chosen = install.credential
    return (same_secret(host, install) or chosen) if chosen is not None and chosen.digest else chosen


def _settle(host: Host, plan: Plan, install: Install, step: str) -> tuple[Answer, Verdict]:
    baseline, credential = install.baseline, _where_it_stands(host, install)
    began = host.clock.monotonic()
    patience = Patience(began, plan.limits.settle, hard_cap_for(install.state_bytes))
    restarts_before = host.services.look(install.service).restarts
    while True:
        answer = host.gateways.ask(install.address, credential)
        verdict = judge(answer, baseline)
        host.say(Event("gateway", step, verdict.state.value, data=verdict.to_json() | {"patience": plan.limits.settle}))
        if verdict.condemns not in (Judgement.WAIT, Judgement.ROLL_BACK):
            return answer, verdict
        service = host.services.look(install.service)
        turn = patience.feed(
            Signs(
                at=host.clock.monotonic(),
                state=verdict.state,
                alive=service.active,
                exit_status=service.exit_status,
                restarts=max(0, service.restarts - restarts_before),
                # Five seconds of computing are a sign of life; the timers of a process that hangs are not.
                phase=f"{service.words} {(service.cpu or 0) // 5:.0f}",
                retry_after=_asked_to_wait(answer, verdict),
            )
        )
        match turn:
            case Wait(seconds):
                _rest(host, seconds)
            case GiveUp(reason):
                host.say(Event("note", step, reason))
                return answer, judge(answer, baseline, patience_over=True)


def _asked_to_wait(answer: Answer, verdict: Verdict) -> float | None:
    """Seconds. 2026.4.29 and 2026.6.11 shut their door without saying for how long: knocking would not open it."""
    if answer.retry_after_ms is not None:
        return answer.retry_after_ms / 1000
    return SHUT_DOOR if verdict.cause == "rate-limited" else None


def _rest(host: Host, seconds: float) -> None:
    """Sleep, at most a second more once somebody has told us to stop."""
    until = host.clock.monotonic() + seconds
    host.clock.sleep(min(seconds, 1.0))
    while (left := until - host.clock.monotonic()) > 0 and host.fence.taken() is None:
        host.clock.sleep(min(left, 1.0))
