"""Plans for the machine in memory, made by the real planner with limits that a test can wait for."""

from __future__ import annotations

from msgspec.structs import replace

from clawupgrade.composing import make_composed_plan, reference_for
from clawupgrade.model import Engine, Limits, Plan, Request, Target
from clawupgrade.openclaw.hops import Way
from clawupgrade.planning import make_plan
from clawupgrade.testing.composed import project
from clawupgrade.testing.machine import Machine
from clawupgrade.testing.releases import Release

LIMITS = Limits(install=900.0, doctor=600.0, idle=60.0, stop=30.0, settle=20.0)
RUN = "20260901T000000Z-a"


def request_for(machine: Machine, to: str | None = None) -> Request:
    """What a shell on this machine asks for."""
    layout = machine.world.layout
    path = f"{layout.node.rpartition('/')[0]}:{layout.bin_dir}:/usr/bin"
    return Request(environ=(("HOME", layout.home), ("PATH", path)), account=layout.account, to=to)


def plan_for(
    machine: Machine,
    target: Release,
    *,
    waypoints: tuple[str, ...] = (),
    engine: Engine = Engine.CLONE,
    migrations: tuple[str, ...] = (),
) -> Plan:
    """An upgrade to `target`; `migrations` are those of the last hop."""
    plan = make_plan(
        replace(request_for(machine), engine=engine),
        machine.install(),
        Target(target.version, target.name, target.spec),
        Way(waypoints, engine.value, "the test wants it"),
        run_id=RUN,
        created_at=machine.host().clock.now().isoformat(),
        migrations={target.version: migrations},
        folder=machine.runs().folder(RUN),
    )
    return replace(plan, limits=LIMITS)


def composed_plan_for(machine: Machine, target: Release, *, migrations: tuple[str, ...] = ()) -> Plan:
    """An upgrade by image of a machine that was born contained."""
    found = project(machine.world)
    plan = make_composed_plan(
        request_for(machine),
        machine.install(),
        found,
        Target(target.version, target.name, reference_for(found, target.version)),
        run_id=RUN,
        created_at=machine.host().clock.now().isoformat(),
        migrations={target.version: migrations},
        folder=machine.runs().folder(RUN),
        program=("clawupgrade",),
    )
    return replace(plan, limits=LIMITS)
