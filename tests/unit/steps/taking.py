"""A machine on which every step before one is done, and that one step taken or taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from clawupgrade.model import Engine, Plan
from clawupgrade.ports import Command, Completed, Host
from clawupgrade.steps import steps_of
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import plan_for
from clawupgrade.testing.releases import Release

OLD = Release("2026.6.11", schema=3, entry="dist/entry.js")
NEW = Release("2026.9.6", schema=5)


def reached(name: str, new: Release = NEW, *, engine: Engine = Engine.CLONE) -> tuple[Machine, Plan]:
    """A machine on which every step before `name` is done."""
    machine = born([OLD, new])
    plan = plan_for(machine, new, engine=engine)
    for step in steps_of(plan):
        if step.name.partition(":")[0] == name:
            return machine, plan
        step.do(machine.host(), plan)
        step.prove(machine.host(), plan)
    raise AssertionError(name)


def take(name: str, plan: Plan, host: Host) -> None:
    """Do and prove one step."""
    step = next(step for step in steps_of(plan) if step.name.partition(":")[0] == name)
    step.do(host, plan)
    step.prove(host, plan)


def take_back(name: str, plan: Plan, host: Host) -> None:
    """Undo one step."""
    next(step for step in steps_of(plan) if step.name.partition(":")[0] == name).undo(host, plan)


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands of which those with this word end so; the others go to the machine."""

    host: Host
    word: str
    done: Completed

    def run(self, command: Command, on_line: Any = None, on_size: Any = None) -> Completed:
        return self.done if self.word in command.argv else self.host.commands.run(command, on_line, on_size)

    def detach(self, command: Command, log: str) -> int:
        return self.host.commands.detach(command, log)


def ending(host: Host, word: str, done: Completed) -> Host:
    return replace(host, commands=Commands(host, word, done))
