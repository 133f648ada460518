"""Adopts what the target did on the clone, instead of doing it again while the gateway is away.

Doctor of 2026.9.6 takes 15 to 36 seconds, most of them for starting and looking; what it writes are a few files.
"""

from __future__ import annotations

import json
from typing import Any

from clawupgrade.cloned import Clone, Obstacle
from clawupgrade.model import Hop, Plan
from clawupgrade.ports import Event, Host
from clawupgrade.steps import clones, definitions, first_start, leftovers
from clawupgrade.steps.arm import boot_unit_paths

_TOLD = 5
_SETTINGS = (".json", ".json5", ".env", ".service", ".conf")
"""Endings of what a service definition is made from: the config and what it includes, variables, the old definition."""


def adopt(host: Host, plan: Plan, hop: Hop, step: str) -> bool:
    """Carry doctor's changes over from the clone; False where doctor has to be run for real.

    What stood in the way is kept for the report.
    """
    found = clones.findings(host, plan)
    if not found:
        return False
    clone = clones.clone_of(plan, hop)
    migrated: dict[str, str] = found["migrated"]
    ways = [Obstacle(path) for path, digest in migrated.items() if clones.digest_of(host.files.read(path)) != digest]
    if not ways:
        ways = in_the_way(host, plan, clone, *(host.files.real(path) for path in migrated))
    if ways:
        words = f"doctor is run for real, since the rehearsal this has changed: {told_shortly(ways)}"
        host.say(Event("note", step, words))
        document = {"adopted": False, "in_the_way": [each.words for each in ways[:_TOLD]], "notes": [words]}
        _keep(host, plan, document | {"settings_stand": not any(each.path.endswith(_SETTINGS) for each in ways)})
        return False
    written = found["service"] == definitions.WRITTEN
    started = found.get("startup") == first_start.MIGRATED
    names = (clones.DOCTOR, *([clones.SERVICE] * written), *([clones.STARTUP] * started))
    paths = host.clones.adopt(clone, names)
    if written:
        host.services.reload(plan.landing.service)
    _keep(host, plan, {"adopted": True, "paths": paths, "service": written})
    return True


def adopt_definition(host: Host, plan: Plan, hop: Hop) -> bool:
    """Carry the service definition alone over from the clone, where doctor had to be run for real.

    Having it written again costs 7 s of 2026.6.11. False where what it was made from may have changed.
    """
    found = clones.findings(host, plan)
    if not found or found["service"] != definitions.WRITTEN or not told(host, plan).get("settings_stand"):
        return False
    service = plan.landing.service
    only = frozenset(host.files.real(path) for path in service.files)
    host.clones.adopt(clones.clone_of(plan, hop), (clones.SERVICE,), only)
    host.services.reload(service)
    return not definitions.staleness(host, plan, hop, hop.live)


def in_the_way(host: Host, plan: Plan, clone: Clone, *migrated: str) -> list[Obstacle]:
    """What has changed since the clone was made. migrated: what was changed on purpose, here as there."""
    return list(host.clones.obstacles(clone, frozenset((*migrated, *boot_unit_paths(plan)))))


def told_shortly(ways: list[Obstacle]) -> str:
    """The first of them, and how many more."""
    more = f" and {len(ways) - _TOLD} more" if len(ways) > _TOLD else ""
    return f"{', '.join(each.words for each in ways[:_TOLD])}{more}"


def told(host: Host, plan: Plan) -> dict[str, Any]:
    """What became of it, for doctor's evidence; empty where nothing was rehearsed."""
    content = host.files.read(_path(plan))
    found: dict[str, Any] = json.loads(content) if content else {}
    return found


def clear_up(host: Host, plan: Plan) -> None:
    """Forget what became of it; idempotent."""
    host.files.remove(_path(plan))
    leftovers.remove(host, _path(plan))


def _keep(host: Host, plan: Plan, document: dict[str, Any]) -> None:
    host.files.write(_path(plan), json.dumps(document).encode())


def _path(plan: Plan) -> str:
    return f"{plan.folder}/adopted.json"
