"""gateway.token → gateway.auth.token, before a newer doctor strips it and the gateway makes up another token."""

from __future__ import annotations

from clawupgrade.migrations.folding import changed, fold
from clawupgrade.migrations.migration import Migration
from clawupgrade.openclaw.document import Document


def upgrade(document: Document) -> Document | None:
    """Move the token; where gateway.auth.token is set, that one is in force on every release and stays."""
    token = document.get("gateway.token")
    if token is None or token == "":
        return changed(document, document.delete("gateway.token"))
    is_first = not document.get("gateway.auth.token") and not document.get("gateway.auth.password")
    if document.has("gateway.auth.token") and not document.get("gateway.auth.token"):
        document = document.delete("gateway.auth.token")
    moved = fold(document, ("gateway", "token"), ("gateway", "auth", "token"))
    if is_first and isinstance(moved.get("gateway.auth"), dict) and not moved.has("gateway.auth.mode"):
        moved = moved.set("gateway.auth.mode", "token")
    return changed(document, moved)


MIGRATION = Migration(
    id="m001_gateway_token",
    since="2026.2.12",
    after=None,
    why="gateway.token is refused from 2026.3.28 on, and doctor drops it: the gateway would make up a new token",
    issue="2026.3.24 moved it on load; 2026.2.12, 2026.6.11 and 2026.9.6 drop it in doctor --fix; #17223",
    upgrade=upgrade,
)
