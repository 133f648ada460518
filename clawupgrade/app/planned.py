"""Makes the plan for one installation and one target: over which versions, by which engine, rehearsed how."""

from __future__ import annotations

from msgspec.structs import replace

from clawupgrade import cloned
from clawupgrade.composing import make_composed_plan
from clawupgrade.engine.runs import Runs
from clawupgrade.migrations import registry
from clawupgrade.model import Engine, Hop, Install, Plan, Request, Target
from clawupgrade.openclaw.document import Document
from clawupgrade.openclaw.hops import Way, needs_network, way
from clawupgrade.openclaw.paths import prefixes_of
from clawupgrade.planning import make_plan, stage_root
from clawupgrade.ports import Host
from clawupgrade.steps.clones import covers_of
from clawupgrade.steps.migrate import renamed

COPIES = 4
"""Of the state, on one disk at worst: the clone, what is frozen of it, the snapshot, the migrated state."""


def planned(
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
    rehearsal, why_not = _rehearsal(host, request, install, going, target.version, run_id)
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


def with_variables(host: Host, install: Install, hops: tuple[Hop, ...]) -> tuple[Hop, ...]:
    """The first hop to a version that does not read `CLAWDBOT_…` any more gives those variables their new names."""
    prefixes = prefixes_of(install.package.name, install.package.version)
    index = next((n for n, hop in enumerate(hops) if prefixes_of(hop.name, hop.version) == ("OPENCLAW",)), None)
    if index is None or prefixes == ("OPENCLAW",) or install.service.composed is not None:
        return hops
    candidates = (f"{install.state_dir}/.env", *install.service.files)
    found = [path for path in candidates if (content := host.files.read(path)) and renamed(path, content) != content]
    return (*hops[:index], replace(hops[index], variables=tuple(found)), *hops[index + 1 :])


def _rehearsal(
    host: Host, request: Request, install: Install, going: Way, version: str, run_id: str
) -> tuple[str, tuple[str, ...]]:
    """How a clone of this installation is made here, or "" and why not."""
    wanted = bool(going.rehearsed) if request.rehearse is None else request.rehearse
    if not wanted or (request.engine or Engine(going.engine)) is not Engine.CLONE:
        return "", ()
    if going.waypoints or install.moves:
        what = "several versions on the way" if going.waypoints else "the state folder moves"
        return "", (f"nothing is rehearsed on a clone: {what}",)
    if why := needs_network(version):
        return "", (f"nothing is rehearsed on a clone: {why}",)
    tried = host.clones.try_way(f"{stage_root(install)}-try-{run_id}", install.account)
    if tried.way is cloned.Way.NONE:
        return "", (f"nothing is rehearsed, no clone can be made here: {tried.reason}",)
    if tried.way is not cloned.Way.BUBBLEWRAP:
        return tried.way.value, ()
    needed, free = COPIES * install.state_bytes, host.files.free_bytes(install.package.prefix)
    if needed > free:
        room = f"{needed / 1e6:,.0f} MB of room, and there are {free / 1e6:,.0f}"
        return "", (f"nothing is rehearsed: a whole copy of the state wants {room} ({tried.reason})",)
    return tried.way.value, (f"the clone is a whole copy of the state, shown by bubblewrap ({tried.reason})",)


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
