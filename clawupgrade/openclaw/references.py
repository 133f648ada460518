"""What a config names instead of holding: `${VAR}` and SecretRefs, and what an environment makes of them.

The rules are those of src/config/env-substitution.ts and src/config/types.secrets.ts in 2026.6.11 and 2026.9.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from clawupgrade.openclaw.document import Json, Steps, render

# Upper-case names only; `$${VAR}` is the escape for the text `${VAR}`. Anything else is left as it is.
_VARIABLE = re.compile(r"(\$?)\$\{([A-Z_][A-Z0-9_]*)\}")
# Whole strings that the fields for secrets take besides: `$NAME`, and two markers of early releases.
_MARKER = re.compile(r"(?:\$|secretref-env:|__env__:)([A-Z][A-Z0-9_]{0,127})")


class Source(StrEnum):
    """Where a reference gets its value from; the words of SecretRefs."""

    ENV = "env"
    FILE = "file"
    EXEC = "exec"


class Reference(Struct, frozen=True):
    """A leaf that stands for a value kept elsewhere. `names` are variables, or the id of a SecretRef."""

    source: Source
    names: tuple[str, ...]
    text: str
    provider: str = ""


def references(value: Json) -> dict[Steps, Reference]:
    """Every reference in a config value by its path; SecretRef objects count as one leaf."""
    return dict(_find(value, ()))


def reference_in(value: Json) -> Reference | None:
    """The reference that a single leaf is, or None."""
    if isinstance(value, dict):
        return _secret_ref(value)
    if not isinstance(value, str):
        return None
    marker = _MARKER.fullmatch(value.strip())
    if marker is not None:
        return Reference(Source.ENV, (marker.group(1),), value)
    names = tuple(name for escape, name in _VARIABLE.findall(value) if not escape)
    return Reference(Source.ENV, names, value) if names else None


def _find(value: Json, way: Steps) -> Iterator[tuple[Steps, Reference]]:
    found = reference_in(value)
    if found is not None:
        yield way, found
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _find(inner, (*way, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _find(inner, (*way, index))


def _secret_ref(value: dict[str, Json]) -> Reference | None:
    """`{source, provider?, id}`, and nothing else in it, is a SecretRef."""
    source, provider, name = value.get("source"), value.get("provider", ""), value.get("id")
    if not value.keys() <= {"source", "provider", "id"}:
        return None
    if not isinstance(source, str) or not isinstance(name, str) or not isinstance(provider, str):
        return None
    if source not in set(Source):
        return None
    return Reference(Source(source), (name,), f"{source}:{provider or 'default'}:{name}", provider)


class Expanded(Struct, frozen=True):
    """A config with its variables filled in; `missing` are (path, variable) that were unset or empty."""

    value: Json
    missing: tuple[tuple[str, str], ...]


def expand(value: Json, environment: Mapping[str, str]) -> Expanded:
    """Fill in `${VAR}` as OpenClaw does; an unset or empty variable stays as written and is reported.

    SecretRefs stay: only the service itself can resolve them for certain (#111578, #77687).
    """
    missing: list[tuple[str, str]] = []

    def fill(inner: Json, way: Steps) -> Json:
        match inner:
            case dict():
                return {key: fill(one, (*way, key)) for key, one in inner.items()}
            case list():
                return [fill(one, (*way, index)) for index, one in enumerate(inner)]
            case str():
                return _VARIABLE.sub(lambda found: replaced(found, way), inner)
            case _:
                return inner

    def replaced(found: re.Match[str], way: Steps) -> str:
        escape, name = found.groups()
        if escape:
            return found.group()[1:]
        if text := environment.get(name):
            return text
        missing.append((render(way), name))
        return found.group()

    return Expanded(fill(value, ()), tuple(missing))
