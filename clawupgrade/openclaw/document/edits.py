"""One change of a config text as replaced spans, so that every other character stays what it was."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from clawupgrade.openclaw.document.habits import line_start, margin_of, style_of
from clawupgrade.openclaw.document.lexicon import COMMENT
from clawupgrade.openclaw.document.style import Style
from clawupgrade.openclaw.document.tree import Container, Json, Node

_BLANKS = re.compile(r"[ \t]*+")
# Blanks and comments up to the last comment that ends on this line.
_REMARK = re.compile(r"(?:[ \t]*+(?://[^\n\r]*+|/\*(?:(?!\*/)[^\n\r])*+\*/))*+")
_LINE_END = re.compile(r"[ \t]*+(?:\r\n|[\n\r])")
_COMMENTS = re.compile(COMMENT)


class Span(NamedTuple):
    """text[start:end] becomes `text`."""

    start: int
    end: int
    text: str


def apply(text: str, spans: Iterable[Span]) -> str:
    """The text with every span replaced; removals may overlap, everything else must not."""
    out: list[str] = []
    at = 0
    for span in sorted(spans, key=lambda one: (one.start, one.end)):
        out.append(text[at : max(span.start, at)])
        out.append(span.text)
        at = max(at, span.end)
    out.append(text[at:])
    return "".join(out)


def moved_margin(written: str, old: str, new: str) -> str:
    """The lines after the first with `new` in the place of the margin `old`."""
    return re.sub(rf"(?<=[\n\r]){re.escape(old)}(?=[^\n\r])", new, written)


def replacing(text: str, root: Node, around: Container | None, node: Node, value: Json) -> list[Span]:
    """Put a value in the place of a node; `around` is the bracket that holds the node, None for the root."""
    style = style_of(text, root, around if around is not None else node)
    return [Span(node.start, node.end, style.value(value, margin_of(text, node.start)))]


def inserting(text: str, root: Node, around: Container, after: int, members: Sequence[tuple[str, Json]]) -> list[Span]:
    """Add items behind items[after] (-1: at the beginning); keys are ignored in an array."""
    style = style_of(text, root, around)
    if around.items:
        margin = margin_of(text, around.items[-1].start) if style.newline else ""
    else:
        margin = margin_of(text, around.start) + style.indent
    lines = [
        (style.key(key) + style.colon if around.is_object else "") + style.value(value, margin)
        for key, value in members
    ]
    if not around.items:
        return _into_empty(text, around, style, margin, lines)
    before = style.newline + margin if style.newline else style.gap
    if after < 0:
        return _in_front(text, around, style, [before + line + "," for line in lines])
    end = around.items[after].node.end
    if after < len(around.commas):
        place = around.commas[after] + 1
        added = "".join(before + line + "," for line in lines)
        return [Span(*_behind_remark(text, place, style), added)]
    added = ",".join(before + line for line in lines)
    return [Span(end, end, ","), Span(*_behind_remark(text, end, style), added)]


def _behind_remark(text: str, at: int, style: Style) -> tuple[int, int]:
    """An empty place behind what is said about an item on its own line, so that the remark stays with it."""
    found = _REMARK.match(text, at) if style.newline else None
    place = at if found is None else found.end()
    return place, place


def _in_front(text: str, around: Container, style: Style, lines: list[str]) -> list[Span]:
    if not style.newline:
        place = around.items[0].start
        return [Span(place, place, "".join(line.removeprefix(style.gap) + style.gap for line in lines))]
    return [Span(*_behind_remark(text, around.start + 1, style), "".join(lines))]


def _into_empty(text: str, around: Container, style: Style, margin: str, lines: list[str]) -> list[Span]:
    inside = text[around.start + 1 : around.end - 1]
    comments = [found.end() for found in _COMMENTS.finditer(inside)]
    if not style.newline:
        padding = style.padding if around.is_object else ""
        body = f",{style.gap}".join(lines)
        if comments:
            place = around.end - 1
            return [Span(place, place, style.gap + body + padding)]
        return [Span(around.start + 1, around.end - 1, padding + body + padding)]
    before = style.newline + margin
    body = before + f",{before}".join(lines) + ("," if style.has_trailing_comma else "")
    closing_line = style.newline + margin_of(text, around.start)
    place = around.start + 1 + (comments[-1] if comments else 0)
    if comments and _LINE_END.match(text, place):
        return [Span(place, place, body)]
    return [Span(place, around.end - 1, body + closing_line)]


def removing(text: str, around: Container, gone: Collection[int]) -> list[Span]:
    """Take items out, each with its comma and the remark on its line; comments on lines of their own stay."""
    spans = [_taking_out(text, around, index) for index in gone]
    last = len(around.items) - 1
    if len(gone) == len(around.items):
        left = apply(text[: around.end], spans)[around.start + 1 : -1]
        return [Span(around.start + 1, around.end - 1, "")] if not left.strip() else spans
    if last in gone and last >= len(around.commas):
        comma = around.commas[max(index for index in range(last) if index not in gone)]
        spans.append(Span(comma, comma + 1, ""))
    return spans


def _taking_out(text: str, around: Container, index: int) -> Span:
    item = around.items[index]
    start = item.start
    end = around.commas[index] + 1 if index < len(around.commas) else item.node.end
    line = line_start(text, start)
    remark = _REMARK.match(text, end)
    rest = _LINE_END.match(text, remark.end() if remark is not None else end)
    if rest is not None and line > around.start and not text[line:start].strip():
        return Span(line, rest.end(), "")
    behind = _BLANKS.match(text, end)
    after = end if behind is None else behind.end()
    if text[after] in "}]\n\r":
        start -= len(text[:start]) - len(text[:start].rstrip(" \t"))
        return Span(start, end if text[after] in "}]" else after, "")
    return Span(start, after, "")
