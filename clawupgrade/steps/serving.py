"""Waiting for a gateway: patience driven by signs of life, judged against how it was before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clawupgrade.errors import StepFailed
from clawupgrade.gateway.answer import Answer, AnswerKind
from clawupgrade.model import Baseline, Hop, Owner, Plan
from clawupgrade.ports import Host

_PORT_FREE_WITHIN = 15.0


def require_quiet_port(host: Host, plan: Plan) -> None:
    """Wait until nobody listens on the gateway's port.

    Raises:
        StepFailed: somebody still does; named by pid, never killed from here.
    """
    until = host.clock.monotonic() + _PORT_FREE_WITHIN
    while listeners := host.processes.listeners(plan.install.address.port):
        if host.clock.monotonic() > until:
            pids = ", ".join(str(process.pid) for process in listeners)
            raise StepFailed(f"port {plan.install.address.port} is still held by process {pids}")
        host.clock.sleep(0.1)
