"""The order of the steps, written once: for an upgrade over any number of hops, and for a rollback."""

from __future__ import annotations

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.engine.step import Step
from clawupgrade.model import Engine, Hop, Plan
from clawupgrade.policy.hooks import Phase
from clawupgrade.steps.arm import Arm
from clawupgrade.steps.confirm import Confirm
from clawupgrade.steps.conserve import Conserve
from clawupgrade.steps.doctor import Doctor
from clawupgrade.steps.fetch import Fetch
from clawupgrade.steps.handshake import Handshake
from clawupgrade.steps.hooks import Hooks, VerifyHooks, hooks_of
from clawupgrade.steps.inventory import Inventory
from clawupgrade.steps.judge import Judge
from clawupgrade.steps.keep import Keep
from clawupgrade.steps.mend import Mend
from clawupgrade.steps.migrate import Migrate
from clawupgrade.steps.pause import Pause
from clawupgrade.steps.quiesce import Quiesce
from clawupgrade.steps.rehearse import Rehearse
from clawupgrade.steps.repairing import Kept, Repairing, Served
from clawupgrade.steps.repin import Repin
from clawupgrade.steps.restore import Restore
from clawupgrade.steps.shelter import Reup, Shelter
from clawupgrade.steps.snapshot import Snapshot
from clawupgrade.steps.stage import Stage
from clawupgrade.steps.start import Start
from clawupgrade.steps.switch import Switch
from clawupgrade.steps.tryout import Tryout
from clawupgrade.steps.update import Update


def steps_of(plan: Plan) -> tuple[Step, ...]:
    """The plan's steps in the order in which they are done; undoing goes the other way.

    Everything that may take long or fail cheaply stands before `quiesce`, where the gateway stops.
    With waypoints each hop is proven by its own handshake, and one snapshot serves them all.
    """
    match plan.kind:
        case "rollback":
            return _rollback(plan)
        case "shelter":
            return (Snapshot(), Arm(), Quiesce(), Shelter(), Reup(), Confirm())
        case "repair":
            return (Snapshot(), Kept(), *(Repairing(Rung(name)) for name in plan.rungs), Served())
    if plan.engine is Engine.IMAGE:
        return _by_image(plan)
    before: list[Step] = [*_hooks(plan, Phase.PREFLIGHT)]
    for hop in plan.hops:
        before.append(Keep(hop) if plan.engine is Engine.INPLACE else Stage(hop))
    counts = plan.losses is not None
    if counts:
        # Only the first hop's config is known beforehand: the others get it from a doctor.
        before.append(Judge(plan.hops[0], borrows=plan.engine is Engine.INPLACE))
    if plan.rehearsal:
        before.append(Rehearse(plan.hops[0]))
    if plan.kind == "stage":
        return tuple(before)
    steps: list[Step] = [*before, Snapshot(), Arm(), *([Inventory()] if counts else [])]
    steps += [*_hooks(plan, Phase.PRE_STOP), Quiesce()]
    live = (plan.install.package.version, plan.install.package.root)
    for index, hop in enumerate(plan.hops):
        if index:
            steps.append(Pause(plan.hops[index - 1]))
        steps.append(Update(hop, live) if plan.engine is Engine.INPLACE else Switch(hop, live))
        steps += [Migrate(hop), Doctor(hop), *([Mend(hop)] if counts else [])]
        steps += _hooks(plan, Phase.POST_SWITCH) if hop is plan.hops[-1] else []
        steps += [Start(hop), Handshake(hop)]
        live = (hop.version, hop.live)
    verifies = [VerifyHooks()] if hooks_of(plan, Phase.REQUIRED, Phase.WANTED) else []
    return (*steps, *([Conserve()] if counts else []), *verifies, Confirm())


def _hooks(plan: Plan, phase: Phase) -> list[Step]:
    return [Hooks(phase)] if hooks_of(plan, phase) else []


def _by_image(plan: Plan) -> tuple[Step, ...]:
    """A container's files are an image's: what is switched is which image the project names."""
    (hop,) = plan.hops
    counts = plan.losses is not None
    verifies = [VerifyHooks()] if hooks_of(plan, Phase.REQUIRED, Phase.WANTED) else []
    return (
        *_hooks(plan, Phase.PREFLIGHT),
        Fetch(hop),
        Tryout(hop),
        Snapshot(),
        Arm(),
        *([Inventory()] if counts else []),
        *_hooks(plan, Phase.PRE_STOP),
        Quiesce(),
        Repin(hop),
        Migrate(hop),
        Doctor(hop),
        *([Mend(hop)] if counts else []),
        *_hooks(plan, Phase.POST_SWITCH),
        Start(hop),
        Handshake(hop),
        *([Conserve()] if counts else []),
        *verifies,
        Confirm(),
    )


def _switch_back(plan: Plan, hop: Hop, live: tuple[str, str]) -> tuple[Step, ...]:
    """Back to a snapshot of the version that is installed: nothing is to be exchanged."""
    if plan.engine is Engine.IMAGE:
        return (Repin(hop),) if hop.stage else ()
    return (Switch(hop, live),) if hop.tree != hop.live else ()


def _rollback(plan: Plan) -> tuple[Step, ...]:
    (hop,) = plan.hops
    live = (plan.install.package.version, plan.install.package.root)
    return (
        Snapshot(),
        Arm(),
        Quiesce(),
        *(_switch_back(plan, hop, live)),
        Restore(hop),
        Start(hop),
        Handshake(hop),
        Confirm(),
    )
