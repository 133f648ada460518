"""The promise of every undo: right whether its step never ran, ran half or ran, and right when run twice."""

from __future__ import annotations

from contextlib import suppress

import pytest

from clawupgrade.engine.step import Step
from clawupgrade.model import Engine, Plan
from clawupgrade.steps import steps_of
from clawupgrade.testing.disk import Entry, File, durable
from clawupgrade.testing.faults import Crash, Fault, Faults, Way
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import plan_for
from clawupgrade.testing.releases import Release, messages_of

OLD = Release("2026.6.11", schema=3, entry="dist/entry.js")
BETWEEN = Release("2026.7.1", schema=4)
NEW = Release("2026.9.6", schema=5)

MACHINE = born([OLD, BETWEEN, NEW], config={"tools": {"bash": {}}})
PLANS = {
    "clone": plan_for(MACHINE, NEW, waypoints=(BETWEEN.version,), migrations=("m007_renamed_keys",)),
    "in place": plan_for(MACHINE, NEW, engine=Engine.INPLACE),
}
CASES = [(plan, number) for plan in PLANS for number in range(len(steps_of(PLANS[plan])))]


def reached(plan: Plan, number: int) -> Machine:
    """The machine when all steps before this one are done."""
    machine = MACHINE.fork()
    for step in steps_of(plan)[:number]:
        step.do(machine.host(), plan)
        step.prove(machine.host(), plan)
    return machine


def looks(machine: Machine) -> dict[str, Entry]:
    """The disk without logs, our own folders, and what the live gateway writes."""
    layout = machine.world.layout
    database = machine.world.disk.at(layout.database_path)
    assert isinstance(database, File)
    told = messages_of(database.content)
    spared = (f"{layout.state_dir}/logs", f"{layout.home}/.local", f"{layout.prefix}/lib/.clawupgrade")
    return {
        path: File(entry.content.replace(told, b"")) if path == layout.database_path else durable(entry)
        for path, entry in machine.world.disk.entries.items()
        if not path.startswith(spared) and (isinstance(entry, File) or not path.endswith(".wants"))
    }


def serves(machine: Machine) -> str:
    return "" if machine.world.daemon is None else machine.world.daemon.release.version


@pytest.mark.parametrize(("name", "number"), CASES, ids=lambda value: str(value))
@pytest.mark.parametrize("come", ["never ran", "ran half", "ran"])
@pytest.mark.parametrize("times", [1, 2])
def test_undo(name: str, number: int, come: str, times: int) -> None:
    plan = PLANS[name]
    step = steps_of(plan)[number]
    before = reached(plan, number)
    machine = before.fork()
    if come == "ran":
        step.do(machine.host(), plan)
    if come == "ran half":
        effects = _effects(step, plan, before)
        machine.world.faults = Faults(Fault(effects // 2, Way.AFTER))
        with suppress(Crash):
            step.do(machine.host(), plan)
        machine.world.faults = Faults()
    for _ in range(times):
        step.undo(machine.host(), plan)
    _compare(step, before, machine)
    assert machine.world.violations == []


def _compare(step: Step, before: Machine, machine: Machine) -> None:
    match step.name.partition(":")[0]:
        case "doctor" | "update" | "migrate":
            # Their snapshot is from before the first hop: that far back goes the state, not one hop only.
            config = MACHINE.world.layout.config_path
            assert machine.world.disk.at(config) == MACHINE.world.disk.at(config)
            assert serves(machine) == ""
        case "start":
            assert serves(machine) == ""
        case "pause":
            assert serves(machine) in ("", BETWEEN.version), "the start before it is undone next"
        case "quiesce":
            assert serves(machine) == OLD.version
            assert looks(machine) == looks(before)
        case _:
            assert looks(machine) == looks(before)


def _effects(step: Step, plan: Plan, before: Machine) -> int:
    probe = before.fork()
    step.do(probe.host(), plan)
    return len(probe.world.faults.seen)
