"""Single keys that were renamed early and have been refused under their old names since 2026.3.28."""

from __future__ import annotations

from clawupgrade.migrations.folding import changed, fold
from clawupgrade.migrations.migration import Migration
from clawupgrade.openclaw.document import Document, Steps

_ROOT: tuple[tuple[Steps, Steps], ...] = (
    (("tools", "bash"), ("tools", "exec")),
    (("messages", "queue", "byProvider"), ("messages", "queue", "byChannel")),
)
_MATCHES: tuple[Steps, ...] = (("bindings",), ("session", "sendPolicy", "rules"))


def upgrade(document: Document) -> Document | None:
    """Rename tools.bash, messages.queue.byProvider, and provider and accountID in every match."""
    moved = document
    for old, new in _ROOT:
        moved = fold(moved, old, new)
    for path in _MATCHES:
        entries = moved.get(path)
        for index in range(len(entries) if isinstance(entries, list) else 0):
            match: Steps = (*path, index, "match")
            if isinstance(moved.get(match), dict):
                moved = fold(moved, (*match, "provider"), (*match, "channel"))
                moved = fold(moved, (*match, "accountID"), (*match, "accountId"))
    return changed(document, moved)


MIGRATION = Migration(
    id="m007_renamed_keys",
    since="2026.2.12",
    after="m006_identity",
    why="tools.bash, match.provider, match.accountID and queue.byProvider are refused from 2026.3.28 on",
    issue="change log of 2026.3.28; 2026.3.24 renamed them on load",
    upgrade=upgrade,
)
