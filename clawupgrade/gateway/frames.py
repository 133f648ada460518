"""Reads what a stranger sent: bounded, cleaned, and never trusted to be what it should be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from clawupgrade.gateway.credential import veil

LONGEST_TEXT = 500
LONGEST_LIST = 2000
DEEPEST = 16
LONGEST_WAIT_MS = 3_600_000


def read_frame(text: str) -> dict[str, Any] | None:
    """The JSON object in a text frame, or None when it is something else."""
    try:
        frame = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) else None


def write_frame(frame: Mapping[str, Any]) -> str:
    """One JSON object without needless blanks."""
    return json.dumps(frame, separators=(",", ":"))


def at(value: object, *path: str) -> object:
    """What stands at a path of object keys; None where the path ends early."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def clean_text(value: object, spellings: Sequence[str], *, lead: bool = False) -> str:
    """A string fit to be shown: no secret, no control characters, no lone surrogates, not endless.

    lead: the text goes on after other words, so that its first blank counts.
    """
    if not isinstance(value, str):
        return ""
    shown = veil(value, spellings).encode("utf-8", "replace").decode("utf-8")
    shown = "".join(character if character.isprintable() else " " for character in shown)
    shown = shown.rstrip() if lead else shown.strip()
    # What was changed may have put a secret together that was not there before.
    return veil(shown, spellings)[:LONGEST_TEXT]


def clean_value(value: object, spellings: Sequence[str], depth: int = 0) -> Any:
    """A JSON value with every text in it cleaned; what is too deep or too long is left out."""
    match value:
        case str():
            return clean_text(value, spellings)
        case dict() if depth < DEEPEST:
            items = list(value.items())[:LONGEST_LIST]
            return {clean_text(k, spellings): clean_value(v, spellings, depth + 1) for k, v in items}
        case list() if depth < DEEPEST:
            return [clean_value(each, spellings, depth + 1) for each in value[:LONGEST_LIST]]
        case bool() | int() | float():
            return value
        case _:
            return None


def whole_number(value: object) -> int | None:
    """An integer, or None for all else, booleans included."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def waiting_time(value: object) -> int | None:
    """Milliseconds to wait as a gateway asks for, at most an hour; None where it asks for nonsense."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        return None
    return min(int(value), LONGEST_WAIT_MS)


def truth(value: object) -> bool | None:
    """A boolean, or None for all else."""
    return value if isinstance(value, bool) else None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
