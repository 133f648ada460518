"""Documents for programs, on stdout."""

from __future__ import annotations

import json
import sys
from typing import Any


def print_json(document: dict[str, Any]) -> None:
    """One document, one line, on stdout."""
    print(json.dumps(document, ensure_ascii=False), file=sys.stdout)
