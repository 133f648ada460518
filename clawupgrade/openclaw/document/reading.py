"""The value of a config, and nothing else: by Python's own reader where it is plain JSON, as OpenClaw writes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clawupgrade.openclaw.document.path import Path, steps

if TYPE_CHECKING:
    from clawupgrade.openclaw.document.tree import Json

_MANY = 4_000_000
_DEEP = 100
"""Less than `Document` refuses: what is near its limits is for it to judge."""


def read_value(text: str | bytes, *, source: str = "openclaw.json") -> Json:
    """As `Document.parse(text).value`, for whoever edits nothing. Raises DocumentError as that does."""
    try:
        value = json.loads(text if isinstance(text, str) else text.decode()) if len(text) < _MANY else None
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and _is_shallow(value, _DEEP):
        return value
    from clawupgrade.openclaw.document.document import Document

    return Document.parse(text, source=source).value


def value_at(value: Json, path: Path) -> Json:
    """What stands at a path of a plain value; None where nothing does."""
    for step in steps(path):
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def _is_shallow(value: Any, most: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return most > 0 and all(_is_shallow(each, most - 1) for each in inner)
