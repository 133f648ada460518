"""The service definition: whether it still speaks of another release, and having the new one write its own."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from clawupgrade.cloned import Clone
from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Owner, Plan
from clawupgrade.openclaw import environment
from clawupgrade.openclaw.staleness import why_stale
from clawupgrade.openclaw.units import read_unit
from clawupgrade.ports import Command, Completed, Event, Host
from clawupgrade.repairs import definition
from clawupgrade.steps import clones, packages

WRITTEN = "written"


def staleness(host: Host, plan: Plan, hop: Hop, tree: str) -> str:
    """Why the definition has to be written anew, "" where it will do.

    Doctor of 2026.9 may have written it itself: then a second `gateway install` is saved (12 s away).
    tree: where the package lies that will be seen at the hop's live path.
    """
    path = plan.landing.service.files[0] if plan.landing.service.files else ""
    text = (host.files.read(path) or b"").decode(errors="replace") if path else ""
    entry = read_unit([text]).entry
    place = tree + entry.removeprefix(hop.live) if entry.startswith(f"{hop.live}/") else entry
    return why_stale(text, hop.version, host.files.exists(place))


def refresh(host: Host, plan: Plan, hop: Hop, step: str) -> None:
    """Have the live release write it; it starts the gateway too.

    Raises:
        StepFailed: it refuses, in its own words.
    """
    entry = packages.entry(host, hop.live)
    stale = partial(staleness, host, plan, hop, hop.live)
    if left := definition.rewrite(definition.here(host, step), plan, plan.install, entry, lacks=stale):
        host.say(Event("note", step, f"{hop.version} left its service definition as it was: {left}"))


def rehearse(host: Host, plan: Plan, hop: Hop, clone: Clone, step: str) -> str:
    """Have the target write it on the clone: `WRITTEN`, to be adopted; else why not, in words.

    It may ask the real service manager, and whatever it tells it is not done. Where nothing comes of it, it is
    written while the gateway is away: 8 s of 2026.9.6.
    """
    view = host.clones.view(clone, host)
    stale = partial(staleness, view, plan, hop, hop.tree)
    if plan.landing.service.owner is not Owner.SYSTEMD_USER or not stale():
        return "as it was"

    def run(command: Command) -> Completed:
        there = replace(command, env=environment.in_clone(command.env))
        return host.clones.run(clone, there, lambda line: host.say(Event("line", step, line)), asking=True)

    entry = hop.live + packages.entry(host, hop.tree)[len(hop.tree) :]
    try:
        left = definition.rewrite(run, plan, plan.install, entry, lacks=stale)
    except StepFailed as error:
        left = error.message
    if left:
        return f"not written: {left}"
    host.clones.freeze(clone, clones.SERVICE)
    return WRITTEN
