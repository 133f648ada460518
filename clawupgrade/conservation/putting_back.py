"""Puts one thing that a doctor lost back into the config, in the shape that the config has now. Pure."""

from __future__ import annotations

from clawupgrade.conservation.rows import Row
from clawupgrade.migrations.folding import agent_path
from clawupgrade.openclaw.document import Document, Steps, steps

_AGENTS = steps("agents")
_HOOKS = steps("hooks")


def put_back(before: Document, now: Document, row: Row, name: str) -> Document | None:
    """The config with the thing in it as it was before; None where it did not stand in this file, or has no place.

    before: the config as the plan's migrations leave it.
    """
    old = _old_place(before, row, name)
    if old is None:
        return None
    new = agent_path(now, name) if old[:1] == _AGENTS else _new_place(now, old)
    if now.has(new):
        switch = (*new, "enabled")
        was = before.get((*old, "enabled"))
        if now.get(switch) is False and was is not False:
            return now.delete(switch) if was is None else now.set(switch, was)
        if isinstance(now.get(new), dict):
            return None  # it is there, and what was lost of it does not stand in the config
    if not now.has_room(new):
        return None
    value = before.get(old)
    if isinstance(value, dict) and old[:1] == _AGENTS and new[:2] == ("agents", "entries"):
        value = {key: inner for key, inner in value.items() if key != "id"}
    return now.set(new, value)


def _old_place(before: Document, row: Row, name: str) -> Steps | None:
    if row.key == "references":
        path = steps(name)
        return path if before.has(path) else None
    if row.places == (_HOOKS,):
        return _hook(before, name)
    for place in row.places:
        if before.has((*place, name)) and isinstance(before.get(place), dict):
            return (*place, name)
        entries = before.get(place)
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, dict) and str(entry.get("id", "")).strip() == name:
                return (*place, index)
    return None


def _hook(before: Document, name: str) -> Steps | None:
    kind, _, rest = name.partition(" ")
    match kind:
        case "webhooks":
            return (*_HOOKS, "enabled")
        case "hook":
            return (*_HOOKS, "internal", "entries", rest)
    mappings = before.get((*_HOOKS, "mappings"))
    for index, entry in enumerate(mappings if isinstance(mappings, list) else []):
        matched = entry.get("match") if isinstance(entry, dict) else None
        path = matched.get("path") if isinstance(matched, dict) else None
        if isinstance(entry, dict) and rest in (entry.get("id"), path, str(index)):
            return (*_HOOKS, "mappings", index)
    return None


def _new_place(now: Document, old: Steps) -> Steps:
    """The same place; at the end of a list where other elements have moved up."""
    *above, last = old
    siblings = now.get(tuple(above))
    if isinstance(last, int) and not (isinstance(siblings, list) and len(siblings) == last):
        return (*above, len(siblings) if isinstance(siblings, list) else 0)
    return old
