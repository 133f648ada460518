"""Text to tree: one loop, one regular expression per member, no recursion; 1 MB in under 0.5 s."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from clawupgrade.openclaw.document.diagnosis import Place, diagnose, refuse
from clawupgrade.openclaw.document.lexicon import STRING, TRIVIA, WORD, read_key, read_string, read_word
from clawupgrade.openclaw.document.tree import Container, Item, Node, Scalar

# No release nests deeper than about a dozen; 10,000 brackets are an accident or an attack.
MAX_DEPTH: Final = 200

_VALUE = rf"{TRIVIA}(?:([{{\[])|({STRING}|{WORD})(?:{TRIVIA}([,}}\]]))?)"
# Groups of both: key, opening bracket, scalar, delimiter after the scalar.
_MEMBER = re.compile(rf"{TRIVIA}({STRING}|{WORD}){TRIVIA}:{_VALUE}", re.ASCII)
_ELEMENT = re.compile(rf"{TRIVIA}(){_VALUE}", re.ASCII)
_DELIMITER = re.compile(rf"{TRIVIA}([,}}\]])")
_END = re.compile(rf"{TRIVIA}\Z")


class _Open(NamedTuple):
    """A bracket still open: how its items and its end look, and its own key in the bracket around it."""

    start: int
    item: re.Pattern[str]
    closing: str | None
    items: list[Item]
    commas: list[int]
    key: str
    key_start: int
    key_end: int


def parse(text: str, source: str) -> Node:
    """The tree of a JSON5 text.

    Raises DocumentError, naming `source`, line and column, at the first thing that JSON5 does not allow, and
    at brackets nested deeper than MAX_DEPTH.
    """
    root = top = _Open(-1, _ELEMENT, None, [], [], "", -1, -1)
    stack = [root]
    names = {"": ""}
    at = 0
    while True:
        found = top.item.match(text, at)
        if found is None:
            mark, end = _delimiter(text, at)
            if mark is None or mark != top.closing:
                raise diagnose(text, at, source, Place.ITEM, top.start)
            at = end
        else:
            key_token, opening, token, mark = found.groups()
            start, key_end = found.span(1)
            at = found.end()
            key = names.get(key_token)
            if key is None:
                key = read_key(key_token)
                if key is None:
                    raise diagnose(text, start, source, Place.ITEM, top.start)
                names[key_token] = key
            if opening is not None:
                if len(stack) > MAX_DEPTH:
                    raise refuse(text, at - 1, source, f"brackets are nested deeper than {MAX_DEPTH} levels")
                is_object = opening == "{"
                item, closing = (_MEMBER, "}") if is_object else (_ELEMENT, "]")
                top = _Open(at - 1, item, closing, [], [], key, start, key_end)
                stack.append(top)
                continue
            scalar = Scalar(*found.span(3), _read(text, found, token, source))
            top.items.append(Item(key, start, key_end, scalar))
        while mark == top.closing:
            closed = stack.pop()
            if closed is root:
                return _finish(text, root.items[0].node, source)
            top = stack[-1]
            node = Container(closed.start, at, closed.closing == "}", closed.items, closed.commas)
            top.items.append(Item(closed.key, closed.key_start, closed.key_end, node))
            mark, at = _delimiter(text, at)
        if mark != ",":
            raise diagnose(text, top.items[-1].node.end, source, Place.AFTER_ITEM, top.start)
        top.commas.append(at - 1)


def _delimiter(text: str, at: int) -> tuple[str | None, int]:
    found = _DELIMITER.match(text, at)
    return (None, at) if found is None else (found.group(1), found.end())


def _read(text: str, found: re.Match[str], token: str, source: str) -> bool | int | float | str | None:
    if token[0] in "\"'":
        string = read_string(token)
        if string is None:
            raise refuse(text, found.start(3), source, "this text holds a backslash escape that JSON5 does not know")
        return string
    word = read_word(token)
    if word is None:
        raise refuse(
            text,
            found.start(3),
            source,
            "a bare word stands where a value belongs",
            hint="Put quotes around it; only numbers, true, false and null go without.",
        )
    return word[0]


def _finish(text: str, root: Node, source: str) -> Node:
    if _END.match(text, root.end) is None:
        raise diagnose(text, root.end, source, Place.AFTER_ITEM, -1)
    return root
