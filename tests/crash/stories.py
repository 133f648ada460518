"""The stories that the matrix breaks: a machine, a plan, and how it ends when nothing is broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.app.diagnose import examine
from clawupgrade.app.finish import finish
from clawupgrade.app.report import report_of
from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.engine.runner import drive
from clawupgrade.model import Engine, Outcome, Plan
from clawupgrade.planning import make_repair, make_rollback
from clawupgrade.policy.hooks import Phase
from clawupgrade.steps import steps_of
from clawupgrade.testing import daemon, services
from clawupgrade.testing.machine import Machine, born
from clawupgrade.testing.plans import LIMITS, RUN, composed_plan_for, plan_for, request_for
from clawupgrade.testing.releases import Doctoring, Release, Serving

OLD = Release("2026.6.11", schema=3, entry="dist/entry.js")
BETWEEN = Release("2026.7.1", schema=4)
NEW = Release("2026.9.6", schema=5)
CLAWDBOT = Release("2026.1.24", schema=1, name="clawdbot", entry="dist/entry.js")


class Story(Struct, frozen=True):
    """A machine before its run, the plan of the run, and how it ends when nothing goes wrong."""

    name: str
    machine: Machine
    plan: Plan
    outcome: Outcome


def _upgrade(
    name: str,
    outcome: Outcome,
    *releases: Release,
    waypoints: tuple[str, ...] = (),
    engine: Engine = Engine.CLONE,
    running: bool = True,
    enabled: bool = True,
    one_call: bool = True,
    migrations: tuple[str, ...] = (),
    config: Mapping[str, object] | None = None,
) -> Story:
    machine = born(releases, running=running, enabled=enabled, config=config)
    machine.world.atomic_exchange = one_call
    target = releases[-1]
    plan = plan_for(machine, target, waypoints=waypoints, engine=engine, migrations=migrations)
    return Story(name, machine, plan, outcome)


def _composed(
    name: str, outcome: Outcome, new: Release = NEW, *, restart: str = "unless-stopped", running: bool = True
) -> Story:
    """In a container with this restart policy."""
    machine = born((OLD, new), contained=True, restart=restart, running=running)
    return Story(name, machine, composed_plan_for(machine, new), outcome)


def _rollback(name: str, outcome: Outcome, *, restore: bool) -> Story:
    first = _upgrade("first", Outcome.UPGRADED, OLD, NEW)
    machine = first.machine.fork()
    journal = machine.runs().create(first.plan)
    ended = drive(steps_of(first.plan), first.plan, journal, machine.host())
    assert ended is Outcome.UPGRADED
    finish(machine.host(), machine.runs(), report_of(journal.records))
    run_id = "20260902T000000Z-b"
    plan = make_rollback(
        machine.install(),
        first.plan,
        run_id=run_id,
        created_at="2026-09-02T00:00:00+00:00",
        restore_from=first.plan.snapshot,
        restore_names=tuple(source for source, _, _ in first.plan.sources) if restore else (),
        serve_after=True,
        folder=machine.runs().folder(run_id),
    )
    return Story(name, machine, replace(plan, limits=LIMITS), outcome)


def _hooked(name: str, outcome: Outcome, *, required: str = "0") -> Story:
    """With a hook in every folder; the required one ends with `required`."""
    story = _upgrade(name, outcome, OLD, NEW)
    hooks = []
    for phase in Phase:
        path = f"{story.machine.world.layout.hooks}/{phase}/10"
        story.machine.world.disk.put_text(path, required if phase is Phase.REQUIRED else "0", 0o755)
        hooks.append((phase.value, path))
    return replace(story, plan=replace(story.plan, hooks=tuple(hooks)))


def _rehearsed(name: str, *, quiet: bool = True) -> Story:
    """All is done on a clone first; what doctor did there is adopted while nobody talks to the gateway."""
    story = _upgrade(name, _UP, OLD, NEW)
    world = story.machine.world
    world.can_clone, world.is_quiet = True, quiet
    covers = (world.layout.state_dir, world.layout.units)
    return replace(story, plan=replace(story.plan, rehearsal="namespace", covers=covers))


def _repair(name: str, outcome: Outcome, *rungs: Rung, line: str = "", token: str | None = None, **ill: Any) -> Story:
    """`diagnose --fix` on a unit with this line, and a config with this token; `ill` is how the release serves."""
    machine = born((replace(OLD, **ill),))
    world, layout = machine.world, machine.world.layout
    text = (world.disk.file(layout.unit_path) or b"").decode()
    world.disk.put_text(layout.unit_path, text.replace("[Install]", f"Environment={line}\n[Install]"))
    if token is not None:
        config = json.loads(world.disk.file(layout.config_path) or b"")
        config["gateway"]["auth"]["token"] = token
        world.disk.put_text(layout.config_path, json.dumps(config), 0o600)
    services.load(world)
    daemon.end(world)
    daemon.launch(world)
    world.time += 60.0
    plan = make_repair(
        examine(machine.host(), request_for(machine)).install,
        tuple(rung.value for rung in rungs),
        run_id=RUN,
        created_at="2026-09-01T00:00:00+00:00",
        folder=machine.runs().folder(RUN),
    )
    return Story(name, machine, replace(plan, limits=LIMITS), outcome)


def _staged(name: str) -> Story:
    """Built and rehearsed by a run before; this one takes both over."""
    story = _rehearsed(name)
    machine, run_id = story.machine.fork(), "20260831T000000Z-a"
    (hop,) = story.plan.hops
    built = replace(hop, stage=hop.stage.replace(RUN, run_id), tree=hop.tree.replace(RUN, run_id))
    ahead = replace(story.plan, kind="stage", run_id=run_id, hops=(built,), folder=machine.runs().folder(run_id))
    journal = machine.runs().create(ahead)
    assert drive(steps_of(ahead), ahead, journal, machine.host()) is Outcome.UPGRADED
    return replace(story, machine=machine, plan=replace(story.plan, hops=(replace(built, prepared=run_id),)))


def _failing(serving: Serving = Serving.WELL, doctoring: Doctoring = Doctoring.WELL) -> Release:
    return replace(NEW, serving=serving, doctoring=doctoring)


_UP, _BACK, _WELL = Outcome.UPGRADED, Outcome.ROLLED_BACK, Outcome.MENDED

STORIES: dict[str, Callable[[], Story]] = {
    "success": lambda: _upgrade("success", _UP, OLD, NEW),
    "rehearsed": lambda: _rehearsed("rehearsed"),
    "rehearsed, not quiet": lambda: _rehearsed("rehearsed, not quiet", quiet=False),
    "staged ahead": lambda: _staged("staged ahead"),
    "failing doctor": lambda: _upgrade("failing doctor", _BACK, OLD, _failing(doctoring=Doctoring.FAILS)),
    "clobbering doctor": lambda: _upgrade("clobbering doctor", _BACK, OLD, _failing(doctoring=Doctoring.CLOBBERS)),
    "losing doctor": lambda: _upgrade("losing doctor", _UP, OLD, _failing(doctoring=Doctoring.LOSES)),
    "forgetting doctor": lambda: _upgrade("forgetting doctor", _BACK, OLD, _failing(doctoring=Doctoring.FORGETS)),
    "silent gateway": lambda: _upgrade("silent gateway", _BACK, OLD, _failing(Serving.SILENT)),
    "1008": lambda: _upgrade("1008", _BACK, OLD, _failing(Serving.MISMATCH)),
    "crashing gateway": lambda: _upgrade("crashing gateway", _BACK, OLD, _failing(Serving.CRASHES)),
    "stopped before": lambda: _upgrade("stopped before", _UP, OLD, NEW, running=False, enabled=False),
    "two hops": lambda: _upgrade("two hops", _UP, OLD, BETWEEN, NEW, waypoints=(BETWEEN.version,)),
    "two hops, 1008": lambda: _upgrade(
        "two hops, 1008", _BACK, OLD, BETWEEN, _failing(Serving.MISMATCH), waypoints=(BETWEEN.version,)
    ),
    "migrating": lambda: _upgrade(
        "migrating",
        _UP,
        OLD,
        replace(NEW, refuses=("tools.bash",)),
        migrations=("m007_renamed_keys",),
        config={"tools": {"bash": {"timeoutSec": 60}}},
    ),
    "migrating, 1008": lambda: _upgrade(
        "migrating, 1008",
        _BACK,
        OLD,
        replace(_failing(Serving.MISMATCH), refuses=("tools.bash",)),
        migrations=("m007_renamed_keys",),
        config={"tools": {"bash": {"timeoutSec": 60}}},
    ),
    "in place": lambda: _upgrade("in place", _UP, OLD, NEW, engine=Engine.INPLACE),
    "in place, 1008": lambda: _upgrade("in place, 1008", _BACK, OLD, _failing(Serving.MISMATCH), engine=Engine.INPLACE),
    "no exchange": lambda: _upgrade("no exchange", _UP, OLD, NEW, one_call=False),
    "no exchange, 1008": lambda: _upgrade("no exchange, 1008", _BACK, OLD, _failing(Serving.MISMATCH), one_call=False),
    "renamed": lambda: _upgrade("renamed", _UP, CLAWDBOT, NEW),
    "renamed, 1008": lambda: _upgrade("renamed, 1008", _BACK, CLAWDBOT, _failing(Serving.MISMATCH)),
    "a person is needed": lambda: _upgrade("a person is needed", Outcome.NEEDS_PERSON, OLD, _failing(Serving.PAIRING)),
    "in place, restarting": lambda: _upgrade(
        "in place, restarting", _UP, replace(OLD, entry=NEW.entry, no_restart=False), NEW, engine=Engine.INPLACE
    ),
    "in place, two hops, 1008": lambda: _upgrade(
        "in place, two hops, 1008",
        _BACK,
        OLD,
        BETWEEN,
        _failing(Serving.MISMATCH),
        waypoints=(BETWEEN.version,),
        engine=Engine.INPLACE,
    ),
    "repair, unit": lambda: _repair("repair, unit", _WELL, Rung.REFRESH, line="OPENCLAW_GATEWAY_TOKEN=an-older-one"),
    "repair, deaf": lambda: _repair(
        "repair, deaf", _WELL, Rung.REFRESH, line="OPENCLAW_GATEWAY_TOKEN=an-older-one", deaf_to_force=True
    ),
    "repair, key": lambda: _repair(
        "repair, key", _WELL, Rung.MOVE_KEY, Rung.REFRESH, line="OPENCLAW_GATEWAY_AUTH_TOKEN=by-a-guide", token=""
    ),
    "repair, in vain": lambda: _repair(
        "repair, in vain",
        _BACK,
        Rung.RESTART,
        Rung.REFRESH,
        line="OPENCLAW_GATEWAY_TOKEN=an-older-one",
        serving=Serving.MISMATCH,
    ),
    "container": lambda: _composed("container", _UP),
    "container, always restarted": lambda: _composed("container, always restarted", _UP, restart="always"),
    "container, stopped before": lambda: _composed("container, stopped before", _UP, running=False),
    "container, 1008": lambda: _composed(
        "container, 1008", _BACK, replace(_failing(Serving.MISMATCH), on_copy=Serving.WELL), restart="always"
    ),
    "hooks": lambda: _hooked("hooks", _UP),
    "a hook says no": lambda: _hooked("a hook says no", _BACK, required="1"),
    "rollback with state": lambda: _rollback("rollback with state", _UP, restore=True),
    "rollback that the old code refuses": lambda: _rollback("rollback that the old code refuses", _BACK, restore=False),
}
