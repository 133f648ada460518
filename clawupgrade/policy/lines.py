"""Where in a TOML text each value stands: `tomllib` does not say, and an error must name the line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any


def leaves(document: Mapping[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value that is no table, with the keys that lead to it."""
    for key, value in document.items():
        if isinstance(value, dict):
            yield from leaves(value, (*before, key))
        else:
            yield (*before, key), value


def line_numbers(text: str) -> dict[tuple[str, ...], int]:
    """The line on which each value of a valid TOML text begins, counted from 1.

    The text is read line by line until it parses again: quadratic, and right for every way to write TOML,
    strings and arrays over many lines included.
    """
    found: dict[tuple[str, ...], int] = {}
    lines = text.split("\n")
    begin = 1
    for count in range(1, len(lines) + 1):
        try:
            document = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
        for keys, _ in leaves(document):
            found.setdefault(keys, begin)
        begin = count + 1
    return found
