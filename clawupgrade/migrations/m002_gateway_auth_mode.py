"""An explicit gateway.auth.mode where both a token and a password are configured."""

from __future__ import annotations

from clawupgrade.migrations.folding import changed
from clawupgrade.migrations.migration import Migration
from clawupgrade.openclaw.document import Document


def upgrade(document: Document) -> Document | None:
    """Say what was in force unsaid: with both set and no mode, the password won until 2026.3.7."""
    if document.get("gateway.auth.mode"):
        return None
    if not document.get("gateway.auth.token") or not document.get("gateway.auth.password"):
        return None
    return changed(document, document.set("gateway.auth.mode", "password"))


MIGRATION = Migration(
    id="m002_gateway_auth_mode",
    since="2026.3.7",
    after="m001_gateway_token",
    why="with both a token and a password the gateway wants gateway.auth.mode; the password was in force so far",
    issue="change log of 2026.3.7 (#35094)",
    upgrade=upgrade,
)
