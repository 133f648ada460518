"""Handshake: the new gateway proves over its WebSocket that it serves with the config's own token."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.gateway.answer import Answer
from clawupgrade.gateway.row import State
from clawupgrade.gateway.verdict import Judgement
from clawupgrade.model import Engine, Hop, Plan
from clawupgrade.ports import Host, Process
from clawupgrade.steps import climbing, inside

# 2026.2.12 says "dev" for its version: there the package on the disk and the new PID have to do.
_NAMELESS = ("", "dev")


class Handshake(Struct, frozen=True):
    """Asks until the answer settles. A 1008 that is new since the upgrade condemns it."""

    hop: Hop
    live: bool = True

    @property
    def name(self) -> str:
        """`handshake:VERSION`."""
        return f"handshake:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Nothing to do: the proof is the step."""

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """hello-ok from the target, from the one process that the service owns."""
        if not plan.serve_after:
            return {"skipped": "the gateway was stopped before the run and is so now"}
        answer, verdict, climbed = climbing.await_target(host, plan, self.hop.live, self.name)
        if verdict.state is State.READY:
            self._require_target(host, plan, answer)
        return {
            "served_at": host.clock.now().isoformat(),
            "gateway": answer.to_json() | verdict.to_json(),
            "needs_person": verdict.condemns is Judgement.NEEDS_PERSON,
            "notes": [verdict.explanation] if verdict.condemns is Judgement.REPORT_ONLY else [],
            "repaired": list(climbed),
        }

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Asking left nothing behind; what a rung of the ladder changed, the undoing of doctor's step restores."""
        return {}

    def _require_target(self, host: Host, plan: Plan, answer: Answer) -> None:
        said = answer.server_version
        if said not in _NAMELESS and said != self.hop.version:
            raise StepFailed(f"the gateway answers as {said}, not as {self.hop.version}")
        if plan.engine is Engine.IMAGE:
            self._require_image(host, plan)
            return
        port = plan.install.address.port
        listening = host.processes.listeners(port)
        owned = host.services.look(plan.landing.service).main_pid
        if owned is not None and listening and not any(_descends(host, process, owned) for process in listening):
            raise StepFailed(f"port {port} is held by process {listening[0].pid}, but the service runs as {owned}")

    def _require_image(self, host: Host, plan: Plan) -> None:
        """Whoever listens on a published port is the engine's: the container tells by its image what serves."""
        found = inside.composed(plan)
        seen, image = host.containers.look(found), host.images.find(found, self.hop.stage)
        if seen is None or image is None or seen.image_id != image.id:
            raise StepFailed(f"{found.service} does not run the image of {self.hop.version}")


def _descends(host: Host, process: Process | None, owner: int) -> bool:
    """clawdbot 2026.1.24-3 is a parent that serves through a child of its own."""
    while process is not None and process.pid:
        if process.pid == owner:
            return True
        process = host.processes.find(process.parent) if process.parent else None
    return False
