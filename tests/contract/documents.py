"""Reads what a command printed as the one document that it has to be, and holds it against its shipped schema."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

from clawupgrade import schemas


def document(text: str) -> dict[str, Any]:
    """The one document on a command's standard output; it says which schema it follows, and does."""
    assert text.count("\n") == 1, text
    found: dict[str, Any] = json.loads(text)
    require_valid(found)
    return found


def require_valid(found: dict[str, Any]) -> None:
    """Raise AssertionError with what does not fit."""
    schema = json.loads(schemas.text_of(found["schema"].removeprefix("clawupgrade.")))
    errors = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(found)]
    assert errors == [], errors
