"""Rows that stand in the config: read out of its merged value, the same for every release's shape of it."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.conservation.material import Material
from clawupgrade.conservation.thing import Thing, Things
from clawupgrade.openclaw.diff.members import PLACES
from clawupgrade.openclaw.document import Json, Steps, render
from clawupgrade.openclaw.references import references

# Sections of `channels` that set up no channel.
_NO_CHANNELS = frozenset({"defaults", "modelByChannel"})
_PLUGIN_RECORDS: Steps = ("plugins", "installs")


def agents(material: Material) -> Things:
    """By id; where none is configured there is still `main`, which needs no entry."""
    return _members(material.config, "agent")


def channels(material: Material) -> Things:
    """By name, and whether each is switched on."""
    found = _members(material.config, "channel")
    return {name: thing for name, thing in found.items() if name not in _NO_CHANNELS}


def skills(material: Material) -> Things:
    """By name, and whether each is switched on."""
    return _members(material.config, "skill")


def servers(material: Material) -> Things:
    """MCP servers by name."""
    return _members(material.config, "MCP server")


def providers(material: Material) -> Things:
    """Model providers by name."""
    return _members(material.config, "model provider")


def plugin_entries(config: Json) -> Things:
    """Plugins that the config sets up, by id."""
    return _members(config, "plugin")


def profile_entries(config: Json) -> Things:
    """Provider profiles that the config names, by id."""
    return _members(config, "provider profile")


def plugin_records(config: Json) -> Things:
    """Plugins that early releases noted in the config as installed, with their versions."""
    return {name: Thing(value=_text(entry, "version")) for name, entry in _entries(config, _PLUGIN_RECORDS)}


def hooks(material: Material) -> Things:
    """The webhook door, its mappings by id (or by what they match), and internal hooks by name."""
    found: dict[str, Thing] = {}
    hooks = _at(material.config, ("hooks",))
    if isinstance(hooks, dict) and hooks.get("enabled") is not None:
        found["webhooks"] = Thing(on=hooks.get("enabled") is True)
    mappings = _at(hooks, ("mappings",))
    for index, entry in enumerate(mappings if isinstance(mappings, list) else []):
        name = _text(entry, "id") or _text(_at(entry, ("match",)), "path") or str(index)
        found[f"mapping {name}"] = Thing()
    for name, entry in _entries(hooks, ("internal", "entries")):
        found[f"hook {name}"] = Thing(on=_is_on(entry))
    return found


def named_references(material: Material) -> Things:
    """Every `${VAR}` and SecretRef by its path; the value is the name of a variable, never what it holds."""
    return {render(path): Thing(value=found.text) for path, found in references(material.config).items()}


def _members(config: Json, kind: str) -> dict[str, Thing]:
    return {
        name: Thing(label=_text(entry, "name"), on=_is_on(entry))
        for place in PLACES[kind]
        for name, entry in _entries(config, place)
    }


def _entries(value: Json, place: Steps) -> Iterator[tuple[str, Json]]:
    """Members of an object by key, or elements of a list by their `id`."""
    found = _at(value, place)
    if isinstance(found, dict):
        yield from found.items()
    for entry in found if isinstance(found, list) else []:
        if name := _text(entry, "id").strip():
            yield name, entry


def _at(value: Json, place: Steps) -> Json:
    for step in place:
        value = value.get(str(step)) if isinstance(value, dict) else None
    return value


def _is_on(entry: Json) -> bool:
    return not (isinstance(entry, dict) and entry.get("enabled") is False)


def _text(entry: Json, key: str) -> str:
    found = entry.get(key) if isinstance(entry, dict) else None
    return found if isinstance(found, str) else ""
