"""Make a token where there is none anywhere: as long as the releases make theirs, into the place they read."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.errors import StepFailed
from clawupgrade.model import Plan
from clawupgrade.openclaw.document import Document
from clawupgrade.ports import Host
from clawupgrade.repairs import gateway


class Generate(Struct, frozen=True):
    """What `doctor --generate-gateway-token` and `config set` end in, and nothing besides.

    Doctor wrote nothing on 2026.2.12 without `--fix`; on 2026.6.11 it took 31 s and lost the config's comments.
    `config set` wants the token on its command line, where every user of the machine can read it.
    """

    rung: Rung = Rung.GENERATE

    def says(self, plan: Plan) -> str:
        """One sentence."""
        return "make a new token at gateway.auth.token: there is none that anybody could be using"

    def do(self, host: Host, plan: Plan) -> None:
        """One write, while the gateway is stopped; never over a token that is there."""
        path = plan.install.config_path
        before = host.files.read(path)
        if before is None:
            raise StepFailed(f"there is no config at {path}", "run: openclaw onboard")
        document = Document.parse(before, source=path)
        if document.get("gateway.auth.token"):
            raise StepFailed("a token stands in the config already; it is not replaced")
        if not document.has("gateway.auth.mode"):
            document = document.set("gateway.auth.mode", "token")
        after = host.secrets.written(document.encoded, "gateway.auth.token", None)
        gateway.stop(host, plan)
        host.files.write(path, after, like=path)
        gateway.start(host, plan)

    def prove(self, host: Host, plan: Plan) -> None:
        """There is one now."""
        if host.secrets.digest(gateway.own(plan, "token")) is None:
            raise StepFailed("the config still has no token")
