"""Turns a tree into a wanted value with few edits, so that comments inside survive a replaced object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from clawupgrade.openclaw.document.edits import Span, inserting, removing, replacing
from clawupgrade.openclaw.document.tree import Container, Json, Node, same, value_of


class _Pair(NamedTuple):
    """A node that stays in its place, and the value it shall have."""

    around: Container
    node: Node
    value: Json


class _Difference(NamedTuple):
    """How a bracket differs from a value: what stays, what goes (indexes), what comes behind which index."""

    kept: list[_Pair]
    gone: list[int]
    after: int
    added: list[tuple[str, Json]]


def pruning(text: str, root: Node, around: Container | None, node: Node, value: Json) -> list[Span]:
    """First half: replaced and removed values. Parse the result before asking for the second half."""
    difference = _compare(node, value)
    if difference is None or not isinstance(node, Container):
        return [] if same(value_of(node), value) else replacing(text, root, around, node, value)
    spans = removing(text, node, difference.gone) if difference.gone else []
    for pair in difference.kept:
        spans += pruning(text, root, pair.around, pair.node, pair.value)
    return spans


def growing(text: str, root: Node, node: Node, value: Json) -> list[Span]:
    """Second half: added members and elements."""
    difference = _compare(node, value)
    if difference is None or not isinstance(node, Container):
        return []
    spans = inserting(text, root, node, difference.after, difference.added) if difference.added else []
    for pair in difference.kept:
        spans += growing(text, root, pair.node, pair.value)
    return spans


def _compare(node: Node, value: Json) -> _Difference | None:
    """None where the whole node has to be replaced, or nothing has to be done."""
    if not isinstance(node, Container):
        return None
    if node.is_object and isinstance(value, dict):
        return _compare_object(node, value)
    if not node.is_object and isinstance(value, list):
        return _compare_array(node, value)
    return None


def _compare_object(node: Container, value: dict[str, Json]) -> _Difference:
    winners = {item.key: item.node for item in node.items}
    kept = [_Pair(node, winners[key], one) for key, one in value.items() if key in winners]
    gone = [index for index, item in enumerate(node.items) if item.key not in value]
    added = [(key, one) for key, one in value.items() if key not in winners]
    return _Difference(kept, gone, len(node.items) - 1, added)


def _compare_array(node: Container, value: list[Json]) -> _Difference:
    """Equal elements at both ends stay; those between are paired in order, the rest goes or comes."""
    old = [value_of(item.node) for item in node.items]
    head = _common(zip(old, value, strict=False))
    limit = min(len(old), len(value)) - head
    tail = min(_common(zip(reversed(old), reversed(value), strict=False)), limit)
    paired = min(len(old), len(value)) - tail
    kept = [_Pair(node, node.items[index].node, value[index]) for index in range(head, paired)]
    gone = list(range(paired, len(old) - tail))
    return _Difference(kept, gone, paired - 1, [("", one) for one in value[paired : len(value) - tail]])


def _common(pairs: Iterator[tuple[Json, Json]]) -> int:
    count = 0
    for one, other in pairs:
        if not same(one, other):
            break
        count += 1
    return count
