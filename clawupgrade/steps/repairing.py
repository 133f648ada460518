"""The steps of a repair run: what may be touched is kept, each rung does its work, the gateway lets us in."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.gateway.row import State
from clawupgrade.gateway.verdict import Baseline, Was
from clawupgrade.model import Install, Plan
from clawupgrade.ports import Event, Host
from clawupgrade.repairs import gateway, repair_for
from clawupgrade.steps import leftovers, serving


class Kept(Struct, frozen=True):
    """Seals the snapshot of the few files that a repair may touch; the gateway goes on as it is."""

    name: str = "kept"
    live: bool = False

    def do(self, host: Host, plan: Plan) -> None:
        """Nothing of it is written by a living gateway in passing: no second pass is needed."""
        if not host.snapshots.is_sealed(plan.snapshot):
            host.snapshots.seal(plan.snapshot)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """It exists."""
        if not host.snapshots.is_sealed(plan.snapshot):
            raise StepFailed("the snapshot was not sealed")
        return {"snapshot": plan.snapshot}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """A sealed snapshot stays as evidence."""
        return {}


class Repairing(Struct, frozen=True):
    """One rung of the ladder."""

    rung: Rung
    live: bool = True

    @property
    def name(self) -> str:
        """`repair:RUNG`."""
        return f"repair:{self.rung.value}"

    def do(self, host: Host, plan: Plan) -> None:
        """Say what will be done, then do it."""
        repair = repair_for(self.rung)
        host.say(Event("note", self.name, repair.says(plan)))
        repair.do(host, plan)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """What the repair was for is so."""
        repair = repair_for(self.rung)
        repair.prove(host, plan)
        return {"did": repair.says(plan)}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The files from the snapshot, and the gateway as it ran before, on what it ran on before."""
        config, changed = plan.install.config_path, host.snapshots.differs(plan.snapshot)
        try:
            if changed or leftovers.found(host, config):
                gateway.stop(host, plan)
            if changed:
                host.snapshots.restore(plan.snapshot)
            leftovers.remove(host, config)
            # Also where nothing differs: an undoing that was cut off may have restored, and come no further.
            host.services.reload(plan.install.service)
            _as_enabled(host, plan)
            gateway.start(host, plan)
        except StepFailed as error:
            raise UndoFailed(error.message, error.hint) from error
        if left := host.snapshots.differs(plan.snapshot):
            raise UndoFailed(f"{len(left)} files are not as they were, {left[0]} among them")
        return {"restored": [str(path) for path in changed]}


class Served(Struct, frozen=True):
    """The proof that the climb helped: hello-ok with the secret that stands in the config."""

    name: str = "served"
    live: bool = False

    def do(self, host: Host, plan: Plan) -> None:
        """Start what was left stopped by a gateway that ended itself on its old config.

        The unit that the release wrote is on the disk before it counts as mended: a power cut in the second after
        left it empty (crash matrix).
        """
        gateway.start(host, plan)
        for _, path, _ in plan.sources:
            if host.files.exists(path):
                host.files.sync_tree(path)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """Ask until the answer settles."""
        if not plan.serve_after:
            return {"skipped": "the gateway was stopped before"}
        answer, verdict = serving.await_target(host, replace(plan, install=_mended(host, plan)), self.name)
        if verdict.state is not State.READY:
            raise StepFailed(f"it did not help: the gateway is {verdict.state}: {verdict.explanation}", verdict.cure)
        return {"served_at": host.clock.now().isoformat(), "gateway": answer.to_json() | verdict.to_json()}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Asking left nothing behind."""
        return {}


def _mended(host: Host, plan: Plan) -> Install:
    """The installation as it is to be: open to the config's own secret, whatever it refused before."""
    refs = (gateway.own(plan, kind) for kind in ("token", "password"))
    found = [ref for ref in refs if host.secrets.digest(ref) is not None]
    before = plan.install.credential
    wanted = [ref for ref in found if before is None or ref.kind == before.kind]
    return replace(plan.install, credential=next(iter(wanted), before), baseline=Baseline(Was.READY))


def _as_enabled(host: Host, plan: Plan) -> None:
    if Rung.REFRESH in plan.rungs:
        host.services.enable(plan.install.service, plan.install.service.enabled)
