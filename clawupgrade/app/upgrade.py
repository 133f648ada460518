"""Upgrade: look, plan, act. The one path from a request to a report."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from clawupgrade.app.finish import owe
from clawupgrade.app.gate import OPEN, Gate, skipped
from clawupgrade.app.prospect import Prospect, prospect
from clawupgrade.app.recover import settle
from clawupgrade.app.report import report_of
from clawupgrade.engine.runner import drive
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import Exit
from clawupgrade.gateway.verdict import Was
from clawupgrade.model import Install, Outcome, Report, Request
from clawupgrade.policy.decide import Skip
from clawupgrade.ports import Event, Host
from clawupgrade.steps import steps_of


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
