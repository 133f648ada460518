"""Top-level chat sections → channels.*, before a newer doctor strips whole channels."""

from __future__ import annotations

from clawupgrade.migrations.folding import changed, fold
from clawupgrade.migrations.migration import Migration
from clawupgrade.openclaw.document import Document

SECTIONS = ("whatsapp", "telegram", "discord", "slack", "signal", "imessage", "msteams")


def upgrade(document: Document) -> Document | None:
    """Move each section; what channels.* already says wins. Then telegram's own old key within it."""
    moved = document
    for name in SECTIONS:
        if isinstance(moved.get((name,)), dict):
            moved = fold(moved, (name,), ("channels", name))
    mention = ("channels", "telegram", "requireMention")
    moved = fold(moved, mention, ("channels", "telegram", "groups", "*", "requireMention"))
    return changed(document, moved)


MIGRATION = Migration(
    id="m003_channels",
    since="2026.2.12",
    after="m002_gateway_auth_mode",
    why="top-level telegram, whatsapp, … are refused from 2026.3.28 on, and doctor drops them with their settings",
    issue="change log of 2026.3.28; seen with doctor --fix of 2026.2.12, 2026.6.11 and 2026.9.6",
    upgrade=upgrade,
)
