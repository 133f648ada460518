"""What a run would do: the machine is looked at, and a whole plan made; nothing is changed."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.app.gate import OPEN, Gate
from clawupgrade.app.hooks import find_hooks
from clawupgrade.app.planned import planned, with_variables
from clawupgrade.app.prepared import take_over
from clawupgrade.engine.runs import Runs
from clawupgrade.model import Install, Plan, Request, Target
from clawupgrade.policy.decide import Go, Skip, Wait
from clawupgrade.ports import Host
from clawupgrade.survey.checks.config import found_in
from clawupgrade.survey.image import resolve_image
from clawupgrade.survey.preflight import preflight
from clawupgrade.survey.survey import survey
from clawupgrade.survey.target import older_releases, resolve_target

_LOOKS_BEHIND = ("too-young", "skipped-version")
"""A release that is too young must not hide one that is old enough. One that failed here hides what is behind it."""
_MOST_BEHIND = 20


class Prospect(Struct, frozen=True):
    """What `plan` shows: what was found, and the plan, or None when there is nothing to do or policy forbids it.

    turn: why a run to `target` would not begin now, or None.
    """

    install: Install
    plan: Plan | None
    turn: Skip | Wait | None = None
    target: str = ""


def prospect(
    host: Host,
    runs: Runs,
    request: Request,
    run_id: str,
    *,
    program: tuple[str, ...],
    gate: Gate = OPEN,
    anew: bool = False,
) -> Prospect:
    """Look and plan; nothing is changed. anew: whether what was staged ahead of time does not count.

    Raises:
        Refused, Busy: a preflight check said no.
    """
    install = survey(host, request)
    target = _target(host, install, gate.wanted(request))
    if target.version == install.package.version and target.name == install.package.name:
        return Prospect(install, None)
    skip = gate.judge(host, runs, request, install, target)
    if skip is not None and skip.code in _LOOKS_BEHIND and not gate.wanted(request).names_one:
        target, skip = _behind(host, runs, request, install, gate, target, skip)
    if skip is not None:
        return Prospect(install, None, skip, target.version)
    preflight(host, request, install, target)
    plan, why_not = planned(host, runs, request, install, target, run_id, program)
    plan = replace(plan if anew else take_over(host, runs, plan), notes=(*plan.notes, *why_not))
    plan = replace(plan, hops=with_variables(host, install, plan.hops))
    told = (f"{each.message}: {each.hint}" for each in found_in(host, install, target.version))
    hooks, unused = find_hooks(host, gate.hooks)
    limits = replace(plan.limits, hook=gate.settings.hooks_timeout.total_seconds())
    plan = replace(plan, notes=(*plan.notes, *told, *unused), hooks=hooks, limits=limits)
    soak, confirm = gate.settings.soak_for, gate.settings.soak_confirm_by
    plan = replace(plan, soak=soak.total_seconds(), confirm_within=confirm.total_seconds())
    turn = gate.turn(host, runs, host.clock.now())
    return Prospect(install, plan, None if isinstance(turn, Go) else turn, target.version)


def _target(host: Host, install: Install, request: Request) -> Target:
    found = install.service.composed
    return resolve_target(host, install, request) if found is None else resolve_image(host, install, found, request)


def _behind(
    host: Host, runs: Runs, request: Request, install: Install, gate: Gate, newest: Target, skip: Skip
) -> tuple[Target, Skip | None]:
    """The newest release that nothing forbids; else the channel's newest, with what forbids it.

    Other channels than stable are a tag that leads to one release; what lies behind it belongs to nobody.
    """
    if request.channel != "stable":
        return newest, skip
    for version in older_releases(host, install, newest.version)[:_MOST_BEHIND]:
        target = _target(host, install, replace(request, to=version))
        if gate.judge(host, runs, request, install, target) is None:
            return target, None
    return newest, skip
