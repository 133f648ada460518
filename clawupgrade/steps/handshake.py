"""Handshake: the new gateway proves over its WebSocket that it serves with the config's own token."""

from __future__ import annotations

from dataclasses import dataclass

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.ports import Host
from clawupgrade.steps import serving


@dataclass(frozen=True, slots=True)
class Handshake:
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
        evidence = dict(serving.await_target(host, plan, self.hop))
        said = evidence.get("server_version")
        if said not in (None, "", "dev", self.hop.version):
            raise StepFailed(f"the gateway answers as {said}, not as {self.hop.version}")
        evidence["served_at"] = host.clock.now().isoformat()
        return evidence

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Asking left nothing behind."""
        return {}
