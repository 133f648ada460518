"""routing.* → agents, bindings, tools and messages: the shape of configs from before 2026.1.12."""

from __future__ import annotations

from clawupgrade.migrations.folding import agent_path, changed, fold, put, with_agent, without_empty
from clawupgrade.migrations.migration import Migration
from clawupgrade.openclaw.document import Document, Steps

_MOVES: tuple[tuple[Steps, Steps], ...] = (
    (("routing", "bindings"), ("bindings",)),
    (("routing", "agentToAgent"), ("tools", "agentToAgent")),
    (("routing", "queue"), ("messages", "queue")),
    # Every doctor from 2026.2.12 on takes it from there to where its release wants it (audio.transcription-v2).
    (("routing", "transcribeAudio"), ("audio", "transcription")),
    (("routing", "groupChat", "historyLimit"), ("messages", "groupChat", "historyLimit")),
    (("routing", "groupChat", "mentionPatterns"), ("messages", "groupChat", "mentionPatterns")),
)
_GROUP_CHANNELS = ("whatsapp", "telegram", "imessage")


def upgrade(document: Document) -> Document | None:
    """Move what has a new place. What has none stays, so that the target names it instead of losing it."""
    if not isinstance(document.get("routing"), dict):
        return None
    moved = _agents(document)
    for old, new in _MOVES:
        moved = fold(moved, old, new)
    if isinstance(moved.get("channels.whatsapp"), dict):
        moved = fold(moved, ("routing", "allowFrom"), ("channels", "whatsapp", "allowFrom"))
    moved = _require_mention(moved)
    return changed(document, without_empty(without_empty(moved, ("routing", "groupChat")), ("routing",)))


def _agents(document: Document) -> Document:
    agents = document.get("routing.agents")
    for agent, entry in agents.items() if isinstance(agents, dict) else []:
        if isinstance(entry, dict):
            old: Steps = ("routing", "agents", agent)
            document = with_agent(document, agent)
            path = agent_path(document, agent)
            document = fold(document, (*old, "mentionPatterns"), (*path, "groupChat", "mentionPatterns"))
            document = fold(document, (*old, "sandbox", "tools"), (*path, "tools", "sandbox", "tools"))
            document = without_empty(document, (*old, "sandbox"))
            document = fold(document, old, path)
    document = without_empty(document, ("routing", "agents"))
    default = document.get("routing.defaultAgentId")
    if not isinstance(default, str) or not default.strip():
        return document
    agents = document.get("agents.list")
    entries = agents if isinstance(agents, list) else []
    if not any(isinstance(one, dict) and one.get("default") is True for one in entries):
        document = with_agent(document, default.strip())
        document = put(document, (*agent_path(document, default.strip()), "default"), True)
    return document.delete("routing.defaultAgentId")


def _require_mention(document: Document) -> Document:
    """One switch for all groups becomes one per channel that is configured."""
    old: Steps = ("routing", "groupChat", "requireMention")
    if not document.has(old):
        return document
    value = document.get(old)
    for name in _GROUP_CHANNELS:
        path: Steps = ("channels", name, "groups", "*", "requireMention")
        if isinstance(document.get(("channels", name)), dict) and not document.has(path):
            document = put(document, path, value)
    return document.delete(old)


MIGRATION = Migration(
    id="m005_routing",
    since="2026.2.12",
    after="m004_agent",
    why="routing.* is refused from 2026.3.28 on, and doctor drops it: agents, bindings and who may write",
    issue="change log of 2026.3.28; seen with doctor --fix of 2026.2.12, 2026.6.11 and 2026.9.6",
    upgrade=upgrade,
)
