"""Have the release write its service definition anew: for a unit that carries another secret, or leads nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.errors import StepFailed
from clawupgrade.model import CredentialRef, Owner, Plan
from clawupgrade.openclaw import output
from clawupgrade.ports import Host
from clawupgrade.repairs import gateway

_NAMES = (
    ("OPENCLAW_GATEWAY_TOKEN", "token"),
    ("CLAWDBOT_GATEWAY_TOKEN", "token"),
    ("OPENCLAW_GATEWAY_PASSWORD", "password"),
    ("CLAWDBOT_GATEWAY_PASSWORD", "password"),
    ("OPENCLAW_GATEWAY_AUTH_TOKEN", "token"),
)


@dataclass(frozen=True, slots=True)
class Refresh:
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
        self._install(host, plan, "gateway")
        if _another_secret(host, plan):
            # 2026.2.12: the parent command's own --force takes the flag away, and nothing is written.
            self._install(host, plan, "daemon")
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

    def _install(self, host: Host, plan: Plan, group: str) -> None:
        words = (group, "install", "--force", "--port", str(plan.install.address.port))
        done = gateway.call(host, plan, f"repair:{self.rung}", *words)
        if not done.ok:
            said = output.last_words(done.err) or output.last_words(done.out)
            raise StepFailed(f"the release could not write its service definition: {said}")


def _another_secret(host: Host, plan: Plan) -> str:
    """The first variable of the unit's main file that is not the config's secret of its kind; "" for none."""
    file = plan.install.service.files[0]
    for name, kind in _NAMES:
        found = host.secrets.digest(CredentialRef("unit", file, name, kind, ""))
        if found is not None and found != host.secrets.digest(gateway.own(plan, kind)):
            return name
    return ""
