"""The named things that a config sets up: agents, channels, plugins and so on; none may get lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from clawupgrade.openclaw.document import Json, Steps, steps

# Where each kind stands, in any release; in a list the name is the element's `id`.
PLACES: Final[Mapping[str, tuple[Steps, ...]]] = MappingProxyType(
    {
        "agent": (steps("agents.list"), steps("agents.entries"), steps("routing.agents")),
        "channel": (steps("channels"),),
        "plugin": (steps("plugins.entries"),),
        "skill": (steps("skills.entries"),),
        "MCP server": (steps("mcp.servers"),),
        "provider profile": (steps("auth.profiles"),),
        "model provider": (steps("models.providers"),),
    }
)


def members(value: Json) -> dict[str, frozenset[str]]:
    """The names of each kind that a config sets up; switched-off ones count."""
    return {
        kind: frozenset(name for place in places for name in _names(value, place)) for kind, places in PLACES.items()
    }


def member_of(path: Steps) -> tuple[str, str] | None:
    """The kind and the name of the thing that a leaf belongs to, by its path in `leaves`."""
    for kind, places in PLACES.items():
        for place in places:
            if len(path) > len(place) and path[: len(place)] == place:
                return kind, str(path[len(place)])
    return None


def _names(value: Json, place: Steps) -> list[str]:
    for step in place:
        value = value.get(str(step)) if isinstance(value, dict) else None
    if isinstance(value, dict):
        return list(value)
    entries = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    return [name for one in entries if isinstance(name := one.get("id"), str)]
