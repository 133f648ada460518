"""One try: a run that is broken somewhere, and its recovery by new processes."""

from __future__ import annotations

from clawupgrade.app.finish import finish
from clawupgrade.app.recover import recover
from clawupgrade.app.report import report_of
from clawupgrade.engine.runner import drive
from clawupgrade.errors import Broken, FailedClean
from clawupgrade.model import Report
from clawupgrade.steps import steps_of
from clawupgrade.testing.faults import Crash, Fault
from clawupgrade.testing.machine import Machine
from clawupgrade.testing.world import Film, Still
from crash.ends import NEW_SIDE, End, Ends, is_closed, shape_of
from crash.stories import Story


def ends_of(story: Story) -> Ends:
    """The two ends between which there may be nothing."""
    machine = story.machine.fork()
    report = run(story, machine)
    assert report is not None, story.name
    assert report.outcome is story.outcome, (story.name, report)
    assert not machine.world.violations, (story.name, machine.world.violations)
    new = End(machine, shape_of(machine)) if report.outcome in NEW_SIDE else None
    return Ends(End(story.machine, shape_of(story.machine)), new)


def run(story: Story, machine: Machine, *, signal: int | None = None, since: int = 0) -> Report | None:
    """The first process: it drives the run as far as it comes. None: no report was left.

    signal: reaches it before the effect with number `since`.
    """
    host, runs = machine.host(signal=signal, since=since), machine.runs()
    try:
        journal = runs.create(story.plan)
        drive(steps_of(story.plan), story.plan, journal, host)
        return finish(host, runs, report_of(journal.records))
    except (Crash, Broken, FailedClean):
        return None


def film(story: Story) -> tuple[Still, ...]:
    """The machine as a crash before, in and after every effect of the run leaves it."""
    taken = Film()
    run(story, story.machine.fork(film=taken))
    return tuple(taken.stills)


def film_recovery(story: Story, crashed: Machine) -> tuple[Still, ...]:
    """The same for the recovery from a crash."""
    taken = Film()
    bring_to_end(story, crashed.fork(film=taken))
    return tuple(taken.stills)


def bring_to_end(story: Story, machine: Machine, *, stop_before: str = "") -> Report | None:
    """A new process recovers; where the run is stuck, a person says `--retry`, once."""
    host, runs = machine.host(), machine.runs()
    try:
        report = recover(host, runs, stop_before=stop_before)
    except Broken:
        report = recover(machine.host(), runs, story.plan.run_id, retry=True)
    if report is not None and not stop_before:
        finish(host, runs, report)
    return report


def survive(story: Story, machine: Machine) -> None:
    """Recover until the journal is closed; a fault that is still to come may break it twice at most."""
    for _ in range(3):
        try:
            bring_to_end(story, machine)
        except (Crash, Broken):
            continue
        if is_closed(story, machine):
            break
    for _ in range(2):
        _last_unit(story, machine)


def reboot(story: Story, machine: Machine, *, with_units: bool) -> None:
    """Power is lost and comes back; the units of the run work around the gateway's start, or none does."""
    machine.lose_power()
    if with_units and _is_wanted(story, machine, "before"):
        bring_to_end(story, machine, stop_before="quiesce")
    machine.boot()


def _last_unit(story: Story, machine: Machine) -> None:
    """The run's last unit, at the next boot: a run that is closed is tidied up."""
    host, runs = machine.host(), machine.runs()
    if _is_wanted(story, machine, "after") and is_closed(story, machine):
        report = recover(host, runs, story.plan.run_id)
        assert report is not None
        finish(host, runs, report)


def _is_wanted(story: Story, machine: Machine, unit: str) -> bool:
    wanted = f".wants/clawupgrade-{unit}-{story.plan.run_id}.service"
    return any(path.endswith(wanted) for path in machine.world.disk.entries)


def broken(story: Story, fault: Fault) -> Machine:
    """The machine after a run that met this fault and went on as well as it could."""
    machine = story.machine.fork(fault)
    run(story, machine)
    return machine
