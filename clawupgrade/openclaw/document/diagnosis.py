"""What is wrong at the place where a config text stopped making sense, said once and clearly."""

from __future__ import annotations

import re
from enum import Enum, auto

from clawupgrade.openclaw.document.error import DocumentError, position
from clawupgrade.openclaw.document.lexicon import STRING, TRIVIA, WORD, read_key

_SPACE = TRIVIA
_TOKEN = rf"(?a:{STRING}|{WORD})"


class Place(Enum):
    """What the parser was looking for."""

    ITEM = auto()  # a member, an element, the value itself, or the end of the bracket
    AFTER_ITEM = auto()


def refuse(text: str, offset: int, source: str, problem: str, hint: str = "") -> DocumentError:
    """A DocumentError at a character offset."""
    line, column = position(text, offset)
    return DocumentError(problem, hint, source=source, line=line, column=column)


def diagnose(text: str, at: int, source: str, place: Place, opened: int) -> DocumentError:
    """The error for a text whose next token after `at` does not fit; `opened`: its bracket, or -1."""
    at = _skip(text, at)
    in_object = opened >= 0 and text[opened] == "{"
    if place is Place.ITEM and in_object:
        token = _at(_TOKEN, text, at)
        if token is not None:
            return _after_key(text, at, token, source)
    return refuse(text, at, source, _unreadable(text, at) or _misplaced(text, at, place, opened))


def _skip(text: str, at: int) -> int:
    found = _at(_SPACE, text, at)
    return at if found is None else found.end()


def _after_key(text: str, at: int, token: re.Match[str], source: str) -> DocumentError:
    if read_key(token.group()) is None:
        return refuse(text, at, source, "this is not a key; put it in quotes")
    colon = _skip(text, token.end())
    if not text.startswith(":", colon):
        return refuse(text, colon, source, _unreadable(text, colon) or "a colon is missing after the key")
    value = _skip(text, colon + 1)
    return refuse(text, value, source, _unreadable(text, value) or _misplaced(text, value, Place.ITEM, -1))


def _unreadable(text: str, at: int) -> str | None:
    """The problem of a character that begins nothing; None when it begins a token, or at the end."""
    if at == len(text) or text[at] in "{}[]:," or _at(_TOKEN, text, at):
        return None
    if text.startswith("/*", at):
        return "this comment is never closed"
    if text[at] in "\"'":
        return "this text in quotes does not end on its line"
    return f"the character {text[at]!r} has no meaning here"


def _misplaced(text: str, at: int, place: Place, opened: int) -> str:
    if opened < 0:
        return "a value is missing here" if place is Place.ITEM else "something stands after the end of the config"
    line, column = position(text, opened)
    bracket = f"the {text[opened]} of line {line}, column {column}"
    if at == len(text):
        return f"the config ends, but {bracket} is not closed"
    closing = "}" if text[opened] == "{" else "]"
    if place is Place.AFTER_ITEM or text[at] in "}]":
        return f"a comma or {closing} is missing here, inside {bracket}"
    return "a key is expected here: a name, or text in quotes" if closing == "}" else "a value is missing here"


def _at(pattern: str, text: str, at: int) -> re.Match[str] | None:
    return re.compile(pattern).match(text, at)  # re keeps what it has compiled; most texts are sound
