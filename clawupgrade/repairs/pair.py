"""Approve this machine's own device, and no other, where the person has allowed it with `--pair`."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.errors import StepFailed
from clawupgrade.model import Plan
from clawupgrade.openclaw import output
from clawupgrade.ports import Host
from clawupgrade.repairs import gateway

# Releases before 2026.5.12 ask for less than they hand out (#76349 of 2026.4.29, #77195), and a command whose own
# device waits is not let in either (2026.2.12 to 2026.6.11); both seen on real hosts.
_BARRED = ("missing scope", "pairing required", "gateway token mismatch")
_HINT = "this release cannot approve from the command line: approve it on the page that `openclaw dashboard` opens"


class Pair(Struct, frozen=True):
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
            is_barred = any(words in done.err + done.out for words in _BARRED)
            raise StepFailed(f"the request could not be approved: {said}", _HINT if is_barred else "")

    def prove(self, host: Host, plan: Plan) -> None:
        """The release has said so with its exit code; the handshake after it is the proof."""
