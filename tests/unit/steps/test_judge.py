"""The staged release sees the config before anything stops: what it will never take ends the run there."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed
from clawupgrade.model import Engine, Plan
from clawupgrade.ports import Completed
from clawupgrade.steps import steps_of
from clawupgrade.steps.judge import Judge, _below
from clawupgrade.testing.machine import Machine
from steps.taking import ending, reached, take

WRONG = {"path": "gateway.port", "message": "Invalid input: expected number, received string"}
OLD_SHAPE = {"path": "agents.ownership", "message": "add agents.ownership or run openclaw doctor"}
UNKNOWN = {"path": "gateway", "message": 'Unrecognized key: "resetOnExit"'}


def said(*issues: dict[str, str]) -> Completed:
    return Completed(int(bool(issues)), json.dumps({"valid": not issues, "issues": issues}), "", 3.0)


def judge(plan: Plan) -> Judge:
    (step,) = (step for step in steps_of(plan) if isinstance(step, Judge))
    return step


def untouched(machine: Machine) -> bool:
    return machine.world.daemon is not None and machine.world.disk.at(f"{machine.runs().folder('x')}/judge") is None


def test_a_wrong_value_ends_the_run_while_the_old_gateway_serves() -> None:
    machine, plan = reached("judge")
    path = machine.world.layout.config_path
    host = ending(ending(machine.host(), "validate", said(WRONG)), "doctor", Completed(1, "", "", 9.0))
    with pytest.raises(StepFailed) as failed:
        take("judge", plan, host)
    assert failed.value.message.startswith(f"2026.9.6 does not take this config: {path}:6:13: gateway.port: Invalid")
    assert "correct it by hand" in failed.value.hint
    assert machine.world.daemon is not None
    assert machine.world.violations == []


def test_what_a_doctor_mends_is_told_and_stops_nothing() -> None:
    machine, plan = reached("judge")
    evidence = judge(plan).prove(ending(machine.host(), "validate", said(OLD_SHAPE, UNKNOWN)), plan)
    assert [line.split(": ")[1] for line in evidence["doctor_has_to_mend"]] == [
        "agents.ownership",
        "gateway.resetOnExit",
    ]


def test_a_release_that_cannot_be_asked_is_not_asked() -> None:
    machine, plan = reached("judge")
    evidence = judge(plan).prove(ending(machine.host(), "validate", Completed(1, "Usage: config", "", 1.0)), plan)
    assert "no config validate" in evidence["skipped"]
    machine.world.disk.delete(machine.world.layout.config_path)
    assert judge(plan).prove(machine.host(), plan) == {"skipped": "there is no config"}


def test_a_doctor_that_mends_the_copy_or_never_ends_does_not_condemn() -> None:
    machine, plan = reached("judge")
    host = ending(machine.host(), "validate", said(WRONG))
    hangs = ending(host, "doctor", Completed(None, "", "", 300.0, "wall"))
    assert "gateway.port" in judge(plan).prove(hangs, plan)["doctor_has_to_mend"][0]


def test_the_copy_holds_the_secret_only_while_it_is_judged() -> None:
    machine, plan = reached("judge")
    judge(plan).prove(machine.host(), plan)
    assert not [path for path in machine.world.disk.entries if "/judge" in path]
    machine.world.disk.put_text(f"{plan.folder}/judge/openclaw.json", "{}")
    judge(plan).undo(machine.host(), plan)
    judge(plan).undo(machine.host(), plan)
    assert not [path for path in machine.world.disk.entries if "/judge" in path]


def test_a_doctor_that_tries_the_copy_finds_none_of_the_account_s_own_paths() -> None:
    config = {"agents": {"list": [{"workspace": "/home/claw/w"}, {"agentDir": "~/x"}]}, "n": 5, "url": "http://h/x"}
    assert _below(config, "/r") == {
        "agents": {"list": [{"workspace": "/r/files/home/claw/w"}, {"agentDir": "/r/files/x"}]},
        "n": 5,
        "url": "http://h/x",
    }


def test_in_place_the_release_is_fetched_to_be_asked_and_goes_again() -> None:
    machine, plan = reached("judge", engine=Engine.INPLACE)
    kept = machine.world.disk.file(f"{plan.hops[0].tree}/package.json")
    take("judge", plan, machine.host())
    assert [path for path in machine.world.disk.entries if "-judge" in path] == []
    assert machine.world.disk.file(f"{plan.hops[0].tree}/package.json") == kept
    host = ending(ending(machine.host(), "validate", said(WRONG)), "doctor", Completed(1, "", "", 9.0))
    with pytest.raises(StepFailed, match=r"2026.9.6 does not take this config"):
        take("judge", plan, host)
    step = next(step for step in steps_of(plan) if isinstance(step, Judge))
    step.do(machine.host(), plan)
    assert [path for path in machine.world.disk.entries if "-judge" in path] != []
    for _ in range(2):
        step.undo(machine.host(), plan)
    assert [path for path in machine.world.disk.entries if "-judge" in path] == []
    assert machine.world.violations == []


def test_only_a_plan_that_counts_has_it() -> None:
    _, plan = reached("judge")
    assert not any(isinstance(step, Judge) for step in steps_of(replace(plan, losses=None)))
