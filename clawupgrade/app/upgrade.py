"""Upgrade: look, plan, act. The one path from a request to a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from clawupgrade import cloned
from clawupgrade.app.finish import owe
from clawupgrade.app.gate import OPEN, Gate, skipped
from clawupgrade.app.hooks import find_hooks
from clawupgrade.app.prepared import take_over
from clawupgrade.app.recover import settle
from clawupgrade.app.report import report_of
from clawupgrade.composing import make_composed_plan
from clawupgrade.engine.runner import drive
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Exit
from clawupgrade.gateway.verdict import Was
from clawupgrade.migrations import registry
from clawupgrade.model import Engine, Hop, Install, Outcome, Plan, Report, Request, Target
from clawupgrade.openclaw.document import Document
from clawupgrade.openclaw.hops import Way, way
from clawupgrade.openclaw.paths import prefixes_of
from clawupgrade.planning import make_plan, stage_root
from clawupgrade.policy.decide import Go, Skip, Wait
from clawupgrade.ports import Event, Host
from clawupgrade.steps import steps_of
from clawupgrade.steps.clones import covers_of
from clawupgrade.steps.migrate import renamed
from clawupgrade.survey.checks.config import found_in
from clawupgrade.survey.image import resolve_image
from clawupgrade.survey.preflight import preflight
from clawupgrade.survey.survey import survey
from clawupgrade.survey.target import older_releases, resolve_target

_LOOKS_BEHIND = ("too-young", "skipped-version")
"""A release that is too young must not hide one that is old enough. One that failed here hides what is behind it."""
_MOST_BEHIND = 20


@dataclass(frozen=True, slots=True)
class Prospect:
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
    plan, why_not = _planned(host, runs, request, install, target, run_id, program)
    plan = replace(plan if anew else take_over(host, runs, plan), notes=(*plan.notes, *why_not))
    plan = replace(plan, hops=_with_variables(host, install, plan.hops))
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


def _planned(
    host: Host, runs: Runs, request: Request, install: Install, target: Target, run_id: str, program: tuple[str, ...]
) -> tuple[Plan, tuple[str, ...]]:
    """The plan, and why nothing is rehearsed where nothing is."""
    going = way(install.package.name, install.package.version, target.version)
    found = install.service.composed
    migrations = _migrations(host, install, going if found is None else Way((), "", ""), target.version)
    if found is not None:
        plan = make_composed_plan(
            request,
            install,
            found,
            target,
            run_id=run_id,
            created_at=host.clock.now().isoformat(),
            migrations=migrations if request.migrate else {},
            folder=runs.folder(run_id),
            program=program,
        )
        return plan, ()
    rehearsal, why_not = _rehearsal(host, request, install, going, run_id)
    plan = make_plan(
        request,
        install,
        target,
        going,
        run_id=run_id,
        created_at=host.clock.now().isoformat(),
        migrations=migrations if request.migrate else {},
        folder=runs.folder(run_id),
        program=program,
        rehearsal=rehearsal,
        covers=covers_of(host, install),
    )
    return plan, why_not


def upgrade(
    host: Host,
    runs: Runs,
    request: Request,
    run_id: str,
    *,
    program: tuple[str, ...],
    agree: Callable[[Prospect], None],
    gate: Gate = OPEN,
) -> Report:
    """Bring the installation to the version asked for, or leave it as it was.

    A run that was cut off is dealt with first, whatever the gate says, and the report says so. program: how
    this clawupgrade is called again. agree: raises Refused when a person says no to the plan.

    Raises:
        Refused, Busy, UsageError: before anything was touched.
        Broken: an earlier run is stuck.
    """
    notes: tuple[str, ...] = ()
    if (earlier := settle(host, runs)) is not None:
        notes = (f"run {earlier.run_id} had been cut off and was brought to its end: {earlier.message}",)
        host.say(Event("note", text=notes[0]))
    found = _in_turn(host, runs, request, run_id, program, gate)
    if isinstance(found, Report):
        return replace(found, notes=(*notes, *found.notes))
    if found.plan is None:
        return nothing_to_do(found.install, notes)
    agree(found)
    owe(runs, run_id)
    journal = runs.create(found.plan)
    drive(steps_of(found.plan), found.plan, journal, host)
    report = report_of(journal.records)
    return replace(report, notes=(*notes, *report.notes))


def _in_turn(
    host: Host, runs: Runs, request: Request, run_id: str, program: tuple[str, ...], gate: Gate
) -> Prospect | Report:
    """What is to be done now that nothing forbids it, or the report of a run that was left for another time.

    After a wait the machine is looked at anew: the plan must be that of the world in which it is carried out.
    """
    began = host.clock.now()
    while True:
        if (waited := gate.await_turn(host, runs, began)).skip is not None:
            return skipped(waited.skip)
        found = prospect(host, runs, request, run_id, program=program, gate=gate)
        if isinstance(found.turn, Skip):
            return skipped(found.turn, found.install, found.target)
        if found.turn is not None:
            continue
        if found.plan is None:
            return found
        waited = gate.await_idle(host, found.install, began)
        if waited.skip is not None:
            return skipped(waited.skip, found.install, found.target)
        if not waited.at_all:
            return found


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


def nothing_to_do(install: Install, notes: tuple[str, ...]) -> Report:
    """The report of a run that found its target installed; a gateway that is not well is named."""
    message = f"{install.package.version} is installed already; nothing to do"
    if install.service.active and install.baseline.was is not Was.READY:
        message += f" (but its gateway is not well: {install.baseline_words})"
    return Report(
        outcome=Outcome.NOTHING_TO_DO,
        exit_code=Exit.OK,
        from_version=install.package.version,
        to_version=install.package.version,
        message=message,
        notes=(*notes, *install.warnings),
    )


def _rehearsal(host: Host, request: Request, install: Install, going: Way, run_id: str) -> tuple[str, tuple[str, ...]]:
    """How a clone of this installation is made here, or "" and why not."""
    wanted = bool(going.rehearsed) if request.rehearse is None else request.rehearse
    if not wanted or (request.engine or Engine(going.engine)) is not Engine.CLONE:
        return "", ()
    if going.waypoints or install.moves:
        what = "several versions on the way" if going.waypoints else "the state folder moves"
        return "", (f"nothing is rehearsed on a clone: {what}",)
    tried = host.clones.try_way(f"{stage_root(install)}-try-{run_id}", install.account)
    if tried.way is cloned.Way.NONE:
        return "", (f"nothing is rehearsed, no clone can be made here: {tried.reason}",)
    return tried.way.value, ()


def _with_variables(host: Host, install: Install, hops: tuple[Hop, ...]) -> tuple[Hop, ...]:
    """The first hop to a version that does not read `CLAWDBOT_…` any more gives those variables their new names."""
    prefixes = prefixes_of(install.package.name, install.package.version)
    index = next((n for n, hop in enumerate(hops) if prefixes_of(hop.name, hop.version) == ("OPENCLAW",)), None)
    if index is None or prefixes == ("OPENCLAW",) or install.service.composed is not None:
        return hops
    candidates = (f"{install.state_dir}/.env", *install.service.files)
    found = [path for path in candidates if (content := host.files.read(path)) and renamed(path, content) != content]
    return (*hops[:index], replace(hops[index], variables=tuple(found)), *hops[index + 1 :])


def _migrations(host: Host, install: Install, going: Way, target: str) -> dict[str, tuple[str, ...]]:
    content = host.files.read(install.config_path)
    if content is None:
        return {}
    document = Document.parse(content)
    found: dict[str, tuple[str, ...]] = {}
    before = install.package.version
    for version in (*going.waypoints, target):
        found[version] = tuple(m.id for m in registry.pending(before, version, document))
        before = version
    return found
