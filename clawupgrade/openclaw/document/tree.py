"""The shape of a config text: every value with its place, so that an edit can leave all the rest alone."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Scalar(NamedTuple):
    """A string, number, truth value or null at text[start:end]."""

    start: int
    end: int
    value: bool | int | float | str | None


class Container(NamedTuple):
    """An object or array at text[start:end]; commas[i] is the offset of the comma after items[i]."""

    start: int
    end: int
    is_object: bool
    items: list[Item]
    commas: list[int]


class Item(NamedTuple):
    """A member, its key at text[start:key_end]; or an element, with key "" and key_end == start."""

    key: str
    start: int
    key_end: int
    node: Scalar | Container


Node: TypeAlias = Scalar | Container


def value_of(node: Node) -> Json:
    """A fresh plain Python value; of equal keys the last one wins, as in JavaScript."""
    if isinstance(node, Scalar):
        return node.value
    if node.is_object:
        return {item.key: value_of(item.node) for item in node.items}
    return [value_of(item.node) for item in node.items]


def same(one: Json, other: Json) -> bool:
    """Whether two values are the same to OpenClaw: 1 is 1.0, true is not 1, NaN is NaN, in any key order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other or (one != one and other != other)
