"""A config as leaves by path, so that two can be compared; lists of named things by name, not by place."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.openclaw.document import Json, Steps
from clawupgrade.openclaw.references import reference_in

_NAMES = ("id", "name")


def leaves(value: Json) -> dict[Steps, Json]:
    """Scalars, references, empty containers and plain lists by path.

    A list whose elements are all objects with an `id` (or all with a `name`) of their own is read as an
    object of them, so that a new first agent is one addition and not a change of all. Other lists of objects
    go by place; a list of scalars is one leaf.
    """
    return dict(_walk(value, ()))


def _walk(value: Json, path: Steps) -> Iterator[tuple[Steps, Json]]:
    if reference_in(value) is not None:
        yield path, value
    elif isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _walk(inner, (*path, key))
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        names = _own_names(value)
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, names[index] if names else index))
    else:
        yield path, value


def _own_names(value: list[Json]) -> list[str]:
    """The name of each element, when every one is an object with a name that no other has; else nothing."""
    for key in _NAMES:
        names = [name for inner in value if isinstance(inner, dict) and isinstance(name := inner.get(key), str)]
        if len(names) == len(value) and len(set(names)) == len(names):
            return names
    return []
