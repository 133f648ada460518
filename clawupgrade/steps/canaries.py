"""The canary: the target's own gateway, on the clone, with no way out, asked as the real one will be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from clawupgrade.cloned import Clone
from clawupgrade.errors import StepFailed
from clawupgrade.gateway.answer import Answer
from clawupgrade.gateway.patience import GiveUp, Patience, Signs, Wait, hard_cap_for
from clawupgrade.gateway.verdict import Judgement, Verdict, judge
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw.output import last_words
from clawupgrade.ports import Event, Host
from clawupgrade.steps import serving, starting

_NAMELESS = ("", "dev")


def require_served(host: Host, plan: Plan, hop: Hop, clone: Clone, step: str) -> Mapping[str, Any]:
    """Boot it, wait until its answer settles, end it.

    Raises:
        StepFailed: it is worse than the gateway that serves now, in its own words.
    """
    start = starting.on_clone(host, plan, hop, clone)
    if isinstance(start, str):
        return {"skipped": start}
    began = host.clock.monotonic()
    host.clones.boot(clone, plan.install.node.path, start.command, plan.install.address.port)
    try:
        answer, verdict = _settle(host, plan, clone, step)
        seconds = host.clock.monotonic() - began
        if verdict.condemns not in (Judgement.ACCEPT, Judgement.REPORT_ONLY, Judgement.NEEDS_PERSON):
            said = last_words("\n".join(host.clones.canary_words(clone)))
            own = f"; its own words: {said}" if said else ""
            raise StepFailed(
                f"{hop.version} does not serve on a clone of this installation: "
                f"it is {verdict.state}: {verdict.explanation}{own}",
                "nothing was touched: the next release is tried again by itself, this one with --force; "
                "if the clone itself is at fault: clawupgrade run --no-rehearse",
            )
        if answer.server_version not in (*_NAMELESS, hop.version):
            raise StepFailed(f"on the clone {answer.server_version} answered, not {hop.version}")
    finally:
        host.clones.end(clone)
    warmed = host.clones.warm(clone, start.temporary)
    return {"state": verdict.state.value, "seconds": round(seconds, 1), "warmed": warmed}


def _settle(host: Host, plan: Plan, clone: Clone, step: str) -> tuple[Answer, Verdict]:
    install = plan.landing
    credential = serving.same_secret(host, install) or install.credential
    address = replace(install.address, host="127.0.0.1", relay=clone.socket)
    patience = Patience(host.clock.monotonic(), plan.limits.settle, hard_cap_for(install.state_bytes))
    while True:
        answer = host.gateways.ask(address, credential)
        verdict = judge(answer, install.baseline)
        host.say(Event("gateway", step, f"canary {verdict.state.value}", data=verdict.to_json()))
        if verdict.condemns not in (Judgement.WAIT, Judgement.ROLL_BACK):
            return answer, verdict
        ended = host.clones.canary_status()
        words = host.clones.canary_words(clone)
        signs = Signs(
            at=host.clock.monotonic(),
            state=verdict.state,
            alive=ended is None,
            exit_status=ended,
            phase=words[-1] if words else "",
            retry_after=None if answer.retry_after_ms is None else answer.retry_after_ms / 1000,
        )
        if ended is not None:
            return answer, judge(answer, install.baseline, patience_over=True)
        match patience.feed(signs):
            case Wait(seconds):
                host.clock.sleep(seconds)
            case GiveUp(reason):
                host.say(Event("note", step, reason))
                return answer, judge(answer, install.baseline, patience_over=True)
