"""Move a secret to where this release reads it: out of a legacy key, or out of a name that nobody reads."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.diagnose.diagnosis import Rung
from clawupgrade.errors import StepFailed
from clawupgrade.migrations import m001_gateway_token
from clawupgrade.model import CredentialRef, Plan
from clawupgrade.openclaw.document import Document
from clawupgrade.openclaw.variables import UNREAD
from clawupgrade.ports import Host
from clawupgrade.repairs import gateway

_UNREAD = (UNREAD, "CLAWDBOT_GATEWAY_TOKEN", "MOLTBOT_GATEWAY_TOKEN")
_OF_OTHERS = ("environment", "compose")


class MoveKey(Struct, frozen=True):
    """`gateway.token` → `gateway.auth.token`, which wins where both stand; else the one that was pinned."""

    rung: Rung = Rung.MOVE_KEY

    def says(self, plan: Plan) -> str:
        """One sentence."""
        return "put the token that is there already at gateway.auth.token, where this release reads it"

    def do(self, host: Host, plan: Plan) -> None:
        """One write, while the gateway is stopped."""
        path = plan.install.config_path
        before = host.files.read(path)
        if before is None:
            raise StepFailed(f"there is no config at {path}")
        document = Document.parse(before, source=path)
        moved = m001_gateway_token.upgrade(document)
        if moved is not None:
            after = moved.encoded
        elif document.get("gateway.auth.token"):
            return
        else:
            after = host.secrets.written(before, "gateway.auth.token", _pinned(host, plan))
        gateway.stop(host, plan)
        host.files.write(path, after, like=path)
        gateway.start(host, plan)

    def prove(self, host: Host, plan: Plan) -> None:
        """The new place holds a token, the old one nothing."""
        path = plan.install.config_path
        document = Document.parse(host.files.read(path) or b"{}", source=path)
        if document.has("gateway.token") or not document.get("gateway.auth.token"):
            raise StepFailed(
                "the token could not be moved", "it stands in a file that the config includes: move it there"
            )


def _pinned(host: Host, plan: Plan) -> CredentialRef:
    for ref in plan.install.credentials:
        if ref.key in _UNREAD and ref.source not in _OF_OTHERS and host.secrets.digest(ref) is not None:
            return ref
    raise StepFailed("the token that was to be moved is not there any more")
