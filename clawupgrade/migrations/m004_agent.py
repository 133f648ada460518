"""agent.* → agents.defaults and tools.*: the shape of configs from before 2026.1.12."""

from __future__ import annotations

from clawupgrade.migrations.folding import changed, fold, put, without_empty
from clawupgrade.migrations.migration import Migration
from clawupgrade.openclaw.document import Document, Steps

_TOOLS: tuple[tuple[Steps, Steps], ...] = (
    (("agent", "tools"), ("tools",)),
    (("agent", "elevated"), ("tools", "elevated")),
    (("agent", "bash"), ("tools", "exec")),
    (("agent", "sandbox", "tools"), ("tools", "sandbox", "tools")),
    (("agent", "subagents", "tools"), ("tools", "subagents", "tools")),
)


def upgrade(document: Document) -> Document | None:
    """Tools first, since they leave `agent`; then the rest; then what named models in three separate lists."""
    moved = document
    if isinstance(moved.get("agent"), dict):
        for old, new in _TOOLS:
            moved = fold(moved, old, new)
        for kind in ("sandbox", "subagents"):
            moved = without_empty(moved, ("agent", kind))
        moved = fold(moved, ("agent",), ("agents", "defaults"))
    if isinstance(moved.get("agents.defaults"), dict):
        moved = _models(moved)
    return changed(document, moved)


def _models(document: Document) -> Document:
    defaults: Steps = ("agents", "defaults")
    for kind in ("model", "imageModel"):
        fallbacks = (*defaults, f"{kind}Fallbacks")
        if document.has(fallbacks):
            if isinstance(primary := document.get((*defaults, kind)), str):
                document = document.set((*defaults, kind), {"primary": primary})
            document = fold(document, fallbacks, (*defaults, kind, "fallbacks"))
    allowed = document.get((*defaults, "allowedModels"))
    aliases = document.get((*defaults, "modelAliases"))
    # agents.defaults.models is an allow list as soon as it is not empty: make one only of one.
    for name in allowed if isinstance(allowed, list) else []:
        if isinstance(name, str) and name.strip() and not document.has((*defaults, "models", name.strip())):
            document = put(document, (*defaults, "models", name.strip()), {})
    for alias, name in aliases.items() if isinstance(aliases, dict) else []:
        if isinstance(name, str) and not document.has((*defaults, "models", name.strip(), "alias")):
            document = put(document, (*defaults, "models", name.strip(), "alias"), alias)
    return document.delete((*defaults, "allowedModels")).delete((*defaults, "modelAliases"))


MIGRATION = Migration(
    id="m004_agent",
    since="2026.2.12",
    after="m003_channels",
    why="agent.* is refused from 2026.3.28 on, and doctor drops it: models, workspace, heartbeat and all",
    issue="change log of 2026.3.28; seen with doctor --fix of 2026.2.12, 2026.6.11 and 2026.9.6",
    upgrade=upgrade,
)
