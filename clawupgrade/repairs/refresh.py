"""Have the release write its service definition anew: for a unit that carries another secret, or leads nowhere."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.errors import StepFailed
from clawupgrade.model import CredentialRef, Owner, Plan
from clawupgrade.openclaw.staleness import why_stale
from clawupgrade.openclaw.units import read_unit
from clawupgrade.ports import Host
from clawupgrade.repairs import definition, gateway

_NAMES = (
    ("OPENCLAW_GATEWAY_TOKEN", "token"),
    ("CLAWDBOT_GATEWAY_TOKEN", "token"),
    ("OPENCLAW_GATEWAY_PASSWORD", "password"),
    ("CLAWDBOT_GATEWAY_PASSWORD", "password"),
    ("OPENCLAW_GATEWAY_AUTH_TOKEN", "token"),
)


class Refresh(Struct, frozen=True):
    """`gateway install --force`, and where that does nothing, `daemon install --force`."""

    rung: Rung = Rung.REFRESH

    def says(self, plan: Plan) -> str:
        """One sentence."""
        return f"have OpenClaw write {plan.install.service.name} anew from the config, and restart it"

    def do(self, host: Host, plan: Plan) -> None:
        """Through the release itself; only its own unit, never a drop-in."""
        service = plan.install.service
        if service.owner is not Owner.SYSTEMD_USER:
            raise StepFailed(f"{service.name or 'the gateway'} has no definition that OpenClaw would write")
        entry = gateway.entry(host, plan.install.package.root)
        run = definition.here(host, f"repair:{self.rung}")
        definition.rewrite(run, plan, plan.install, entry, lacks=partial(_what_it_lacks, host, plan))
        host.services.enable(service, service.enabled)
        if service.main_pid is not None and host.services.look(service).main_pid == service.main_pid:
            gateway.stop(host, plan)  # the old process would go on with its old environment
        gateway.start(host, plan)

    def prove(self, host: Host, plan: Plan) -> None:
        """The unit carries no other secret than the config."""
        if name := _another_secret(host, plan):
            raise StepFailed(
                f"{plan.install.service.files[0]} still sets {name} to something else",
                f"take {name} out of it by hand, then: systemctl --user daemon-reload",
            )


def _what_it_lacks(host: Host, plan: Plan) -> str:
    if name := _another_secret(host, plan):
        return f"it sets {name} to something else"
    text = (host.files.read(plan.install.service.files[0]) or b"").decode(errors="replace")
    version = gateway.version(host, plan.install.package.root)
    return why_stale(text, version, host.files.exists(read_unit([text]).entry))


def _another_secret(host: Host, plan: Plan) -> str:
    """The first variable of the unit's main file that is not the config's secret of its kind; "" for none."""
    file = plan.install.service.files[0]
    for name, kind in _NAMES:
        found = host.secrets.digest(CredentialRef("unit", file, name, kind, ""))
        if found is not None and found != host.secrets.digest(gateway.own(plan, kind)):
            return name
    return ""
