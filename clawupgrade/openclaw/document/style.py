"""How a new member is written so that it takes after its neighbours: indentation, quotes, commas."""

from __future__ import annotations

import json
import re

from msgspec import Struct

from clawupgrade.openclaw.document.lexicon import is_plain_name
from clawupgrade.openclaw.document.tree import Json

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Style(Struct, frozen=True):
    """The habits of a config text, or of one bracket in it.

    `indent` is one level's worth; `newline` is "" where everything stands on one line, and there `gap`
    follows a comma and `padding` stands inside the braces of an object.
    """

    newline: str = "\n"
    indent: str = "  "
    colon: str = ": "
    gap: str = " "
    padding: str = " "
    text_quote: str = '"'
    key_quote: str = '"'
    has_trailing_comma: bool = False

    def key(self, key: str) -> str:
        """A key as this text writes keys: bare only where bare keys are the habit and the key allows it."""
        if not self.key_quote and is_plain_name(key):
            return key
        return quoted(key, self.key_quote or self.text_quote)

    def value(self, value: Json, margin: str) -> str:
        """The text of a value whose closing bracket will stand at `margin`."""
        inner = margin + self.indent
        match value:
            case dict():
                parts = [self.key(key) + self.colon + self.value(one, inner) for key, one in value.items()]
                return self._bracketed("{", parts, "}", margin, self.padding)
            case list():
                return self._bracketed("[", [self.value(one, inner) for one in value], "]", margin, "")
            case str():
                return quoted(value, self.text_quote)
            case _:
                return _literal(value)

    def _bracketed(self, opening: str, parts: list[str], closing: str, margin: str, padding: str) -> str:
        if not parts:
            return opening + closing
        if not self.newline:
            return opening + padding + f",{self.gap}".join(parts) + padding + closing
        inner = self.newline + margin + self.indent
        comma = "," if self.has_trailing_comma else ""
        return opening + inner + f",{inner}".join(parts) + comma + self.newline + margin + closing


def quoted(text: str, quote: str) -> str:
    """A JSON5 string: escaped as JSON does, for either kind of quote; lone surrogates as escapes."""
    body = json.dumps(text, ensure_ascii=False)[1:-1]
    if quote == "'":
        body = body.replace('\\"', '"').replace("'", "\\'")
    body = body.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    body = _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", body)
    return quote + body + quote


def _literal(value: bool | int | float | None) -> str:
    return json.dumps(value)  # NaN and Infinity come out as JSON5 spells them
