"""Reads the style of a config text and of its brackets, so that Style need not guess."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from clawupgrade.openclaw.document.style import Style
from clawupgrade.openclaw.document.tree import Container, Item, Node, Scalar

# Looking at the first members is enough to learn a habit, and keeps an edit of a large file cheap.
_LOOK_AT = 50


def style_of(text: str, root: Node, container: Node) -> Style:
    """The style for what is written inside `container`: its own habits, else those of the document."""
    style = _learn(text, islice(_items(root), _LOOK_AT), Style(newline=newline_of(text)))
    if isinstance(root, Container):
        style = replace(style, indent=_indent(text, root) or style.indent)
        style = replace(style, has_trailing_comma=_ends_with_comma(root))
    if isinstance(root, Container) and root.items and "\n" not in text.strip() and "\r" not in text.strip():
        style = replace(style, newline="", gap=_gap(root), padding=_padding(text, root))
    if not isinstance(container, Container) or not container.items:
        return style
    if not is_tall(text, container):
        style = replace(style, newline="", gap=_gap(container), padding=_padding(text, container))
    style = replace(style, has_trailing_comma=_ends_with_comma(container))
    return _learn(text, islice(reversed(container.items), _LOOK_AT), style)


def newline_of(text: str) -> str:
    """The line end that a text uses first."""
    at = min((found for found in (text.find("\n"), text.find("\r")) if found >= 0), default=-1)
    if at < 0:
        return "\n"
    return "\r\n" if text.startswith("\r\n", at) else text[at]


def margin_of(text: str, offset: int) -> str:
    """The white space with which the line of an offset begins."""
    start = line_start(text, offset)
    end = start
    while end < offset and text[end] in " \t":
        end += 1
    return text[start:end]


def line_start(text: str, offset: int) -> int:
    """Offset of the first character of the line that holds `offset`."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def is_tall(text: str, container: Container) -> bool:
    """Whether the last item stands at the beginning of a line of its own."""
    start = container.items[-1].start
    return container.start < line_start(text, start) and not text[line_start(text, start) : start].strip()


def _items(node: Node) -> Iterator[Item]:
    if isinstance(node, Container):
        for item in node.items:
            yield item
            yield from _items(item.node)


def _learn(text: str, items: Iterator[Item], style: Style) -> Style:
    """Take the first example of each habit that the items show."""
    key_quote = text_quote = colon = None
    for item in items:
        if item.key_end > item.start:
            first = text[item.start]
            key_quote = (first if first in "\"'" else "") if key_quote is None else key_quote
            between = text[item.key_end : item.node.start]
            colon = between if colon is None and not between.strip(" :") else colon
        if text_quote is None and isinstance(item.node, Scalar) and text[item.node.start] in "\"'":
            text_quote = text[item.node.start]
        if key_quote is not None and text_quote is not None and colon is not None:
            break
    if text_quote is None and key_quote:
        text_quote = key_quote
    return replace(
        style,
        key_quote=style.key_quote if key_quote is None else key_quote,
        text_quote=style.text_quote if text_quote is None else text_quote,
        colon=style.colon if colon is None else colon,
    )


def _indent(text: str, root: Container) -> str:
    if not root.items or not is_tall(text, root):
        return ""
    inner, outer = margin_of(text, root.items[-1].start), margin_of(text, root.start)
    return inner.removeprefix(outer)


def _gap(node: Node) -> str:
    """What stands between a comma (or else the colon) and the next thing on one line: a space or nothing."""
    if not isinstance(node, Container) or not node.items:
        return " "
    if len(node.items) > 1:
        return "" if node.items[1].start == node.commas[0] + 1 else " "
    item = node.items[0]
    return "" if item.key_end > item.start and item.node.start == item.key_end + 1 else " "


def _padding(text: str, container: Container) -> str:
    """What stands inside the braces of an object on one line; arrays do not tell."""
    if not container.is_object:
        return " "
    return " " if text[container.start + 1] in " \t" else ""


def _ends_with_comma(container: Container) -> bool:
    return bool(container.items) and len(container.commas) == len(container.items)
