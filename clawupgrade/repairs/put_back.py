"""Put a lost secret back from the last snapshot that has it, where the config of today has none."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.errors import StepFailed
from clawupgrade.model import Plan
from clawupgrade.openclaw.document import Document
from clawupgrade.ports import Host
from clawupgrade.repairs import gateway


class PutBack(Struct, frozen=True):
    """The old `gateway.auth`, key by key, and never over one that is there: clients hold the old secret."""

    rung: Rung = Rung.PUT_BACK

    def says(self, plan: Plan) -> str:
        """One sentence."""
        return f"put the gateway's secret back as it was in snapshot {plan.restore_from}"

    def do(self, host: Host, plan: Plan) -> None:
        """One write, while the gateway is stopped."""
        path = plan.install.config_path
        document = Document.parse(host.files.read(path) or b"{}", source=path)
        old = Document.parse(host.snapshots.read_file(plan.restore_from, path) or b"{}").get("gateway.auth")
        if not isinstance(old, dict):
            raise StepFailed(f"snapshot {plan.restore_from} has no gateway.auth any more")
        for key in ("mode", "token", "password"):
            if key in old and not document.get(f"gateway.auth.{key}"):
                document = document.set(f"gateway.auth.{key}", old[key])
        gateway.stop(host, plan)
        host.files.write(path, document.encoded, like=path)
        gateway.start(host, plan)

    def prove(self, host: Host, plan: Plan) -> None:
        """Something stands there again."""
        if all(host.secrets.digest(gateway.own(plan, kind)) is None for kind in ("token", "password")):
            raise StepFailed("the config still has no secret for the gateway")
