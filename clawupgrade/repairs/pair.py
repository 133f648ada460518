"""Approve this machine's own device, and no other, where the person has allowed it with `--pair`."""

from __future__ import annotations

from dataclasses import dataclass

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.errors import StepFailed
from clawupgrade.model import Plan
from clawupgrade.openclaw import output
from clawupgrade.ports import Host
from clawupgrade.repairs import gateway


@dataclass(frozen=True, slots=True)
class Pair:
    """`openclaw devices approve REQUEST`, for the request that the diagnosis found to be our own device's."""

    rung: Rung = Rung.PAIR

    def says(self, plan: Plan) -> str:
        """One sentence."""
        return f"approve request {plan.request}, which this machine's own device has made"

    def do(self, host: Host, plan: Plan) -> None:
        """Ask the release to approve it."""
        done = gateway.call(host, plan, f"repair:{self.rung}", "devices", "approve", plan.request)
        if not done.ok:
            said = output.last_words(done.err) or output.last_words(done.out)
            raise StepFailed(f"the request could not be approved: {said}")

    def prove(self, host: Host, plan: Plan) -> None:
        """The release has said so with its exit code; the handshake after it is the proof."""
