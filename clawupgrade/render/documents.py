"""Documents for programs, on stdout."""

from __future__ import annotations

import json
import sys
from dataclasses import fields, is_dataclass
from typing import Any


def print_json(document: dict[str, Any]) -> None:
    """One document, one line, on stdout."""
    print(json.dumps(document, ensure_ascii=False), file=sys.stdout)


def plain(value: Any) -> Any:
    """A value of the model as plain JSON values: what `msgspec.to_builtins` makes of it.

    For `status`, which is asked often: importing msgspec takes longer than the whole answer.
    """
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    return value
