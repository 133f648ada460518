"""identity → the default agent's own identity."""

from __future__ import annotations

from clawupgrade.migrations.folding import agent_path, changed, fold, with_agent
from clawupgrade.migrations.migration import Migration
from clawupgrade.openclaw.document import Document


def upgrade(document: Document) -> Document | None:
    """Move the name, emoji and so on; an identity that the agent already has wins."""
    if not isinstance(document.get("identity"), dict):
        return None
    agent = _default_agent(document)
    moved = with_agent(document, agent)
    return changed(document, fold(moved, ("identity",), (*agent_path(moved, agent), "identity")))


def _default_agent(document: Document) -> str:
    """The agent marked as default, else the first, else `main`, which is what OpenClaw takes."""
    agents = document.get("agents.list")
    entries = [one for one in agents if isinstance(one, dict)] if isinstance(agents, list) else []
    marked = [one for one in entries if one.get("default") is True]
    names = [name for one in (*marked, *entries) if isinstance(name := one.get("id"), str) and name.strip()]
    return names[0].strip() if names else "main"


MIGRATION = Migration(
    id="m006_identity",
    since="2026.2.12",
    after="m005_routing",
    why="a top-level identity is refused from 2026.3.28 on, and doctor drops it",
    issue="change log of 2026.3.28; seen with doctor --fix of 2026.2.12, 2026.6.11 and 2026.9.6",
    upgrade=upgrade,
)
