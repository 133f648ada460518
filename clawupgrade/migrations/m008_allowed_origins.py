"""gateway.controlUi.allowedOrigins for a gateway that listens beyond this machine."""

from __future__ import annotations

from clawupgrade.migrations.folding import changed
from clawupgrade.migrations.migration import Migration
from clawupgrade.openclaw.document import Document

_BEYOND = {"lan", "tailnet", "custom", "auto", "0.0.0.0", "::", "[::]", "*"}
_DEFAULT_PORT = 18789


def upgrade(document: Document) -> Document | None:
    """Name this machine's own origins, as OpenClaw's onboarding does; never a `dangerously*` key.

    Other browsers' origins are for a person to add. Nothing is done where something is configured.
    """
    bind = document.get("gateway.bind")
    if not isinstance(bind, str) or bind.strip().lower() not in _BEYOND:
        return None
    control = document.get("gateway.controlUi", {})
    if not isinstance(control, dict) or control.get("enabled") is False:
        return None
    if control.get("dangerouslyAllowHostHeaderOriginFallback") is True or _are_given(control.get("allowedOrigins")):
        return None
    port = document.get("gateway.port")
    port = port if isinstance(port, int) and not isinstance(port, bool) and 0 < port < 65536 else _DEFAULT_PORT
    hosts = ["localhost", "127.0.0.1"]
    custom = document.get("gateway.customBindHost")
    if bind == "custom" and isinstance(custom, str) and custom.strip():
        hosts.append(custom.strip())
    origins = [f"http://{host}:{port}" for host in hosts]
    return changed(document, document.set("gateway.controlUi.allowedOrigins", list(origins)))


def _are_given(origins: object) -> bool:
    return isinstance(origins, list) and any(isinstance(one, str) and one.strip() for one in origins)


MIGRATION = Migration(
    id="m008_allowed_origins",
    since="2026.2.23",
    after="m007_renamed_keys",
    why="a gateway that listens beyond this machine wants gateway.controlUi.allowedOrigins, or it does not start",
    issue="#27473 #34166; releases from 2026.2.27 on put the same origins in by themselves",
    upgrade=upgrade,
    heals=False,
)
