"""Moves within a document on which the migrations agree: what is already at the new place wins."""

from __future__ import annotations

from clawupgrade.openclaw.document import Document, Json, Steps


def fold(document: Document, old: Steps, new: Steps) -> Document:
    """Put what stands at `old` at `new`; objects are joined key by key, and a value already there is kept.

    Nothing happens where `new` cannot be: some key on its way holds no object.
    """
    if not document.has(old) or not document.has_room(new):
        return document
    if not document.has(new):
        return document.move(old, new)
    ours, theirs = document.get(old), document.get(new)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours:
            document = fold(document, (*old, key), (*new, key))
    return document.delete(old)


def put(document: Document, path: Steps, value: Json) -> Document:
    """Set a value; nothing happens where there is no room for it."""
    return document.set(path, value) if document.has_room(path) else document


def without_empty(document: Document, path: Steps) -> Document:
    """Without the object at a path when nothing is left in it."""
    return document.delete(path) if document.get(path) == {} else document


def changed(before: Document, after: Document) -> Document | None:
    """What a migration returns: the new document, or None when it is the old one."""
    return None if after.text == before.text else after


def agent_path(document: Document, agent: str) -> Steps:
    """Where an agent's entry stands, or would be added: `agents.list`, or `agents.entries` from 2026.8.2 on."""
    if isinstance(document.get("agents.entries"), dict):
        return ("agents", "entries", agent)
    agents = document.get("agents.list")
    if not isinstance(agents, list):
        return ("agents", "list", 0)
    for index, entry in enumerate(agents):
        if isinstance(entry, dict) and isinstance(named := entry.get("id"), str) and named.strip() == agent:
            return ("agents", "list", index)
    return ("agents", "list", len(agents))


def with_agent(document: Document, agent: str) -> Document:
    """The document with at least an empty entry for an agent."""
    path = agent_path(document, agent)
    if document.has(path):
        return document
    return put(document, path, {"id": agent} if isinstance(path[-1], int) else {})
