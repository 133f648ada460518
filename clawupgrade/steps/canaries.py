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
from clawupgrade.model import Hop, Owner, Plan
from clawupgrade.openclaw import environment
from clawupgrade.openclaw.assignments import read_assignments
from clawupgrade.openclaw.output import last_words
from clawupgrade.openclaw.units import SECRET_FLAGS, Unit, read_unit
from clawupgrade.ports import Command, Event, Host
from clawupgrade.steps import packages, serving

_NAMELESS = ("", "dev")
_BY_UNIT = (Owner.SYSTEMD_USER, Owner.SYSTEMD_SYSTEM)
_TEMPORARY = "/tmp"  # where the unit's TMPDIR leads, with the compile cache in it (OpenClaw 2026.2 and later)


def require_served(host: Host, plan: Plan, hop: Hop, clone: Clone, step: str) -> Mapping[str, Any]:
    """Boot it, wait until its answer settles, end it.

    Raises:
        StepFailed: it is worse than the gateway that serves now, in its own words.
    """
    unit = _unit(host, plan, clone)
    if not plan.serve_after:
        return {"skipped": "the gateway was stopped before the run"}
    if unit is None:
        return {"skipped": "no unit says with which environment the gateway is started"}
    if any(word.partition("=")[0] in SECRET_FLAGS for word in unit.command):
        return {"skipped": "the unit has a secret on its command line, and we put none on ours"}
    began = host.clock.monotonic()
    command = _command(host, plan, hop, unit)
    host.clones.boot(clone, plan.install.node.path, command, plan.install.address.port)
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
    warmed = host.clones.warm(clone, unit.value("TMPDIR") or _TEMPORARY)
    return {"state": verdict.state.value, "seconds": round(seconds, 1), "warmed": warmed}


def _unit(host: Host, plan: Plan, clone: Clone) -> Unit | None:
    """The definition that the gateway will be started by, from the clone; None where there is none."""
    service = plan.landing.service
    if service.owner not in _BY_UNIT or not service.files:
        return None
    files = host.clones.view(clone, host).files
    texts = [(files.read(path) or b"").decode("utf-8", "replace") for path in service.files]
    unit = read_unit(texts, home=plan.install.account.home)
    listed = [content.decode("utf-8", "replace") for path, _ in unit.environment_files if (content := files.read(path))]
    more = (pair for text in listed for pair in read_assignments(text).items())
    return replace(unit, environment=(*unit.environment, *more))


def _command(host: Host, plan: Plan, hop: Hop, unit: Unit) -> Command:
    """As the unit starts it, with the Node that will serve, its entry in the staged tree at its own path."""
    own = dict(environment.for_openclaw(plan.install)) | dict(unit.environment)
    env = environment.in_clone(tuple((k, v) for k, v in own.items() if k not in unit.unset))
    words = unit.command
    if unit.entry and not host.files.exists(hop.tree + unit.entry.removeprefix(hop.live)):
        # An older unit's entry that the target no longer has: it is refreshed before the real start.
        entry = hop.live + packages.entry(host, hop.tree)[len(hop.tree) :]
        words = tuple(entry if word == unit.entry else word for word in words)
    return Command(words, env=env, cwd=plan.install.account.home)


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
