"""The operator's hooks as steps of a run: what one of them says counts as if it were our own."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import ClawupgradeError, StepFailed
from clawupgrade.model import Plan
from clawupgrade.openclaw import output
from clawupgrade.policy.hooks import NOT_NOW, Phase
from clawupgrade.ports import Command, Event, Host

_NAMES = {
    Phase.PREFLIGHT: "preflight-hooks",
    Phase.PRE_STOP: "pre-stop-hooks",
    Phase.POST_SWITCH: "post-switch-hooks",
}
_AGAIN = 5.0


class Hooks(Struct, frozen=True):
    """Runs the hooks of one phase in their order; the first that fails fails the step.

    Nothing is undone: what a hook did outside of this installation, `rolled-back.d` takes back.
    """

    phase: Phase

    @property
    def name(self) -> str:
        """`preflight-hooks`, `pre-stop-hooks`, `post-switch-hooks`."""
        return _NAMES[self.phase]

    @property
    def live(self) -> bool:
        """The first two come while the old gateway serves."""
        return self.phase is Phase.POST_SWITCH

    def do(self, host: Host, plan: Plan) -> None:
        """One after the other."""
        for path in hooks_of(plan, self.phase):
            run_hook(host, plan, self.phase, path, self.name)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """Each ended with 0."""
        return {"hooks": list(hooks_of(plan, self.phase))}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Nothing."""
        return {}


class VerifyHooks(Struct, frozen=True):
    """The last word before the commit point: a required one that fails takes the upgrade back."""

    name: str = "verify-hooks"
    live: bool = True

    def do(self, host: Host, plan: Plan) -> None:
        """Nothing to do: the proof is the step."""

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """Every required one says yes; what a wanted one says is noted."""
        if not plan.serve_after:
            return {"skipped": "the gateway was stopped before the run"}
        for path in hooks_of(plan, Phase.REQUIRED):
            run_hook(host, plan, Phase.REQUIRED, path, self.name)
        return {
            "hooks": list(hooks_of(plan, Phase.REQUIRED)),
            "notes": list(try_hooks(host, plan, Phase.WANTED, self.name)),
        }

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Asking left nothing behind."""
        return {}


def hooks_of(plan: Plan, *phases: Phase) -> tuple[str, ...]:
    """The files of these phases that the plan names, in order."""
    return tuple(path for phase, path in plan.hooks if phase in phases)


def try_hooks(host: Host, plan: Plan, phase: Phase, step: str, more: tuple[tuple[str, str], ...] = ()) -> Iterator[str]:
    """Run them all, whatever they say; a sentence for each that failed."""
    for path in hooks_of(plan, phase):
        try:
            run_hook(host, plan, phase, path, step, more)
        except ClawupgradeError as error:
            yield error.message


def run_hook(
    host: Host, plan: Plan, phase: Phase, path: str, step: str, more: tuple[tuple[str, str], ...] = ()
) -> None:
    """Run one hook in a session of its own, as the account that we are; what it leaves behind is ended.

    Raises:
        StepFailed: it did not end with 0 within its time; `busy` where it asked for another time.
        Refused: it is gone, or may not be run.
    """
    until = host.clock.monotonic() + plan.limits.hook
    host.say(Event("note", step, f"hook {path}"))
    while True:
        wall = max(1.0, until - host.clock.monotonic())
        # A daemon of its own would hold the run's lock for ever.
        command = Command((path,), env=(*environment_of(plan, phase), *more), cwd="/", wall=wall, whole=True)
        done = host.commands.run(command, lambda line: host.say(Event("line", step, line)))
        if done.ok:
            return
        # A service behind the gateway may need a moment: "not yet" is no "no".
        waits = done.rc == NOT_NOW and phase in (Phase.REQUIRED, Phase.WANTED)
        if not waits or host.clock.monotonic() + _AGAIN >= until:
            break
        host.clock.sleep(_AGAIN)
    words = output.last_words(done.err) or output.last_words(done.out)
    said = f": {words}" if words else ""
    if done.rc == NOT_NOW and not waits:
        raise StepFailed(
            f"hook {path} asks for another time{said}", transient=True, busy=phase is not phase.POST_SWITCH
        )
    how = f"was ended: it took longer than {plan.limits.hook:.0f} s" if done.rc is None else f"ended with {done.rc}"
    if done.ended_by == "signal":
        how = "was ended by a signal"
    raise StepFailed(f"hook {path} {how}{said}")


def environment_of(plan: Plan, phase: Phase) -> tuple[tuple[str, str], ...]:
    """What a hook is told; docs/reference/hooks.md. No secret is among it."""
    landing = plan.landing
    return (
        ("CLAWUPGRADE_RUN_HOOK", phase.value),
        ("CLAWUPGRADE_RUN_ID", plan.run_id),
        ("CLAWUPGRADE_RUN_KIND", plan.kind),
        ("CLAWUPGRADE_RUN_FROM", plan.install.package.version),
        ("CLAWUPGRADE_RUN_TO", plan.target),
        ("CLAWUPGRADE_RUN_FOLDER", plan.folder),
        ("CLAWUPGRADE_RUN_GATEWAY", landing.address.url),
        ("CLAWUPGRADE_RUN_PORT", str(landing.address.port)),
        ("CLAWUPGRADE_RUN_STATE_DIR", landing.state_dir),
        ("CLAWUPGRADE_RUN_CONFIG_PATH", landing.config_path),
        ("CLAWUPGRADE_RUN_PROFILE", plan.install.profile),
    )
