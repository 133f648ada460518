"""Variables under the names of clawdbot get their new names in migrate, and lose them on the way back."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.app.prospect import prospect
from clawupgrade.errors import StepFailed
from clawupgrade.model import Plan
from clawupgrade.steps import steps_of
from clawupgrade.steps.migrate import Migrate
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import request_for
from clawupgrade.testing.releases import Release
from steps.taking import reached

EARLY, NEW = Release("2026.2.12", schema=3), Release("2026.9.6", schema=5)
SECRET = "CLAWDBOT_GATEWAY_PASSWORD=never-shown\n"


def early() -> Machine:
    machine = born([EARLY, NEW], running=False)
    layout = machine.world.layout
    machine.world.disk.put_text(f"{layout.state_dir}/.env", SECRET, 0o600)
    unit = (machine.world.disk.file(layout.unit_path) or b"").decode()
    machine.world.disk.put_text(layout.unit_path, unit.replace("[Service]\n", "[Service]\nEnvironment=CLAWDBOT_X=1\n"))
    return machine


def with_variables(plan: Plan, *paths: str) -> Plan:
    return replace(plan, hops=tuple(replace(hop, variables=paths) for hop in plan.hops))


def test_the_plan_names_the_files_and_never_a_value() -> None:
    machine = early()
    found = prospect(machine.host(), machine.runs(), request_for(machine, NEW.version), "r", program=("clawupgrade",))
    assert found.plan is not None
    layout = machine.world.layout
    *before, last = found.plan.hops
    named = [hop for hop in (*before, last) if hop.variables]
    assert [hop.variables for hop in named] == [(f"{layout.state_dir}/.env", layout.unit_path)]
    assert "never-shown" not in repr(found.plan)


def test_releases_that_read_the_new_names_have_nothing_to_do() -> None:
    machine = born([Release("2026.6.11", schema=3), NEW], running=False)
    machine.world.disk.put_text(f"{machine.world.layout.state_dir}/.env", SECRET, 0o600)
    found = prospect(machine.host(), machine.runs(), request_for(machine, NEW.version), "r", program=("clawupgrade",))
    assert found.plan is not None
    assert found.plan.hops[-1].variables == ()


def test_migrate_writes_them_and_undo_takes_them_back() -> None:
    machine, plan = reached("migrate")
    layout = machine.world.layout
    env = f"{layout.state_dir}/.env"
    unit = machine.world.disk.file(layout.unit_path) or b""
    machine.world.disk.put_text(env, SECRET, 0o600)
    machine.world.snapshots.clear()
    host = machine.host()
    host.snapshots.take(plan.snapshot, plan.sources, ())
    host.snapshots.seal(plan.snapshot)
    step = next(step for step in steps_of(with_variables(plan, env)) if isinstance(step, Migrate))
    with pytest.raises(StepFailed, match="old names only"):
        step.prove(host, plan)
    step.do(host, plan)
    assert machine.world.disk.file(env) == (SECRET + SECRET.replace("CLAWDBOT", "OPENCLAW")).encode()
    assert host.files.mode(env) == 0o600
    assert step.prove(host, plan)["variables"] == [env]
    for _ in range(2):
        step.undo(host, plan)
        assert machine.world.disk.file(env) == SECRET.encode()
    assert machine.world.disk.file(layout.unit_path) == unit
    assert machine.world.violations == []


def test_a_unit_is_read_again_when_it_was_written() -> None:
    machine, plan = reached("migrate")
    layout = machine.world.layout
    text = (machine.world.disk.file(layout.unit_path) or b"").decode()
    legacy = text.replace("[Service]\n", "[Service]\nEnvironment=CLAWDBOT_X=1\n")
    machine.world.disk.put_text(layout.unit_path, legacy)
    step = next(s for s in steps_of(with_variables(plan, layout.unit_path)) if isinstance(s, Migrate))
    step.do(machine.host(), plan)
    assert "Environment=OPENCLAW_X=1\n" in machine.world.loaded
    step.undo(machine.host(), plan)
    assert "OPENCLAW_X" not in machine.world.loaded


def test_what_the_migrations_changed_is_in_the_evidence_without_its_secret() -> None:
    machine = born([EARLY, NEW], running=False, config={"gateway": {"token": "token-of-a-machine", "port": 18789}})
    found = prospect(machine.host(), machine.runs(), request_for(machine, NEW.version), "r", program=("clawupgrade",))
    assert found.plan is not None
    for step in steps_of(found.plan):
        step.do(machine.host(), found.plan)
        evidence = step.prove(machine.host(), found.plan)
        if isinstance(step, Migrate):
            break
    moved = next(one for one in evidence["changes"] if one["kind"] == "moved")
    assert (moved["from"], moved["path"], moved["judgement"]) == ("gateway.token", "gateway.auth.token", "expected")
    assert "token-of-a-machine" not in repr(evidence)
