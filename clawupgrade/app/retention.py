"""What may go after a run has ended: packages that no way back needs any more, and old snapshots."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.app.earlier import Earlier, earlier_runs, prepared, run_to_take_back
from clawupgrade.composed import Composed
from clawupgrade.engine.runs import Runs
from clawupgrade.held import PruneReport, Retention
from clawupgrade.model import Engine
from clawupgrade.planning import kept_image, stage_root
from clawupgrade.ports import LEFTOVERS, Host
from clawupgrade.steps.clones import clone_room

KEPT_LOGS = 30
"""So many of the last runs keep what was said in them; the journal of every run stays."""

_LOGS = ("events.jsonl", "deadman.log", "inventory.json", "ballast")

KEPT_RUNS = 3
"""So many of the last upgrades keep the package that they replaced (650 MB each)."""


class Needed(Struct, frozen=True):
    """What the last runs' ways back need: snapshots by name, and the folders of kept packages."""

    snapshots: frozenset[str]
    packages: frozenset[str]


class LetGo(Struct, frozen=True):
    """What a retention let go: snapshots with the verdict on each, and folders of packages."""

    snapshots: PruneReport
    packages: tuple[str, ...]


def needed_by(every: Collection[Earlier], pinned: Collection[str] = ()) -> Needed:
    """What must stay: for a run that is open, for the last KEPT_RUNS upgrades, for what `rollback` and
    `rollback --undo` would take back now, and for runs whose snapshot somebody pinned.

    every: newest first. pinned: names of pinned snapshots.
    """
    changed = [each.plan for each in every if each.changed]
    last = (run_to_take_back(every, kind) for kind in ("upgrade", "rollback"))
    stays = [each.plan for each in every if not each.closed]
    stays += [plan for plan in changed if plan.kind == "upgrade"][:KEPT_RUNS]
    stays += [plan for plan in last if plan is not None]
    stays += [plan for plan in changed if plan.snapshot in pinned]
    packages = {hop.stage for plan in stays for hop in plan.hops}
    if (ahead := prepared(every)) is not None:
        packages |= {ahead.hops[0].stage, clone_room(ahead.hops[0])}
    return Needed(
        frozenset({plan.snapshot for plan in stays} | {plan.restore_from for plan in stays if plan.restore_from}),
        frozenset(packages),
    )


def retain(host: Host, runs: Runs, policy: Retention | None = None) -> LetGo:
    """Let go of what the policy and the last runs do not need; cut short, the next time finishes it.

    Only folders that runs of this installation made are looked at: others may share the prefix.

    Raises:
        OSError, ClawupgradeError: the disk or the store refused; whoever calls decides what that means.
    """
    needed, packages = _needed(host, runs)
    for path in packages:
        host.files.remove(path)
    for found, name in _unneeded_images(tuple(earlier_runs(runs))):
        host.images.untag(found, name)
    _rotate(host, runs)
    return LetGo(host.snapshots.prune(_keeping(needed, policy)), packages)


def _rotate(host: Host, runs: Runs) -> None:
    """Old runs keep their journal, which is small and the history, and lose the rest."""
    stays = needed_by(tuple(earlier_runs(runs)))
    for run_id in runs.ids()[:-KEPT_LOGS]:
        if run_id in stays.snapshots:
            continue
        for path in (f"{runs.folder(run_id)}/{name}" for name in _LOGS):
            if host.files.exists(path):
                host.files.remove(path)


def would_let_go(host: Host, runs: Runs, policy: Retention | None = None) -> LetGo:
    """What `retain` would let go; nothing goes."""
    needed, packages = _needed(host, runs)
    return LetGo(PruneReport(tuple(host.snapshots.judge(_keeping(needed, policy))), 0), packages)


def _needed(host: Host, runs: Runs) -> tuple[Needed, tuple[str, ...]]:
    every = tuple(earlier_runs(runs))
    needed = needed_by(every, [info.snapshot_id for info in host.snapshots.listed() if info.pinned])
    return needed, tuple(_unneeded(host, every, needed.packages))


def _keeping(needed: Needed, policy: Retention | None) -> Retention:
    policy = policy or Retention()
    return replace(policy, last_known_good={*policy.last_known_good, *needed.snapshots})


def _unneeded_images(every: Collection[Earlier]) -> list[tuple[Composed, str]]:
    """The names that runs gave to images which no way back needs any more; the engine then lets the images go."""
    stays = needed_by(every)
    found: list[tuple[Composed, str]] = []
    for plan in (each.plan for each in every):
        composed = plan.install.service.composed
        if composed is not None and plan.engine is Engine.IMAGE and plan.snapshot not in stays.snapshots:
            found += [(composed, kept_image(plan)), *((composed, hop.stage) for hop in plan.hops if hop.stage)]
    return found


def _unneeded(host: Host, every: Collection[Earlier], needed: Collection[str]) -> list[str]:
    found: list[str] = []
    for plan in (each.plan for each in every if each.plan.engine is not Engine.IMAGE):
        folder = f"{stage_root(plan.install)}/{plan.run_id}"
        inside = [f"{folder}/{name}" for name in host.files.names(folder)]
        # A removal that was cut off has left the rest of the folder beside it, and maybe nothing in its place.
        cut_off = any(host.files.exists(folder + suffix) for suffix in LEFTOVERS)
        if (inside or cut_off) and not any(path in needed for path in inside):
            found.append(folder)
        else:
            found += [path for path in inside if path not in needed]
    return found
