"""How the gateway is before the run, so that the upgrade is blamed for nothing that was there before."""

from __future__ import annotations

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.row import State
from clawupgrade.gateway.verdict import Baseline, Was, baseline_of, judge
from clawupgrade.model import CredentialRef
from clawupgrade.ports import Host

_STARTING_FOR = 60.0
_PAUSE = 1.0


def take_baseline(
    host: Host, address: Address, credential: CredentialRef | None, *, serving: bool
) -> tuple[Baseline, str]:
    """One handshake, and what was said; a gateway that just starts gets a minute to be ready.

    serving: whether a service is active or somebody listens. A stopped gateway is not asked.
    """
    if not serving:
        return Baseline(Was.DOWN), "stopped"
    until = host.clock.monotonic() + _STARTING_FOR
    while True:
        answer = host.gateways.ask(address, credential)
        verdict = judge(answer, Baseline(Was.UNKNOWN))
        if verdict.state is not State.STARTING or host.clock.monotonic() > until:
            words = "" if verdict.state is State.READY else verdict.explanation
            return baseline_of(answer), words
        host.clock.sleep(_PAUSE)
