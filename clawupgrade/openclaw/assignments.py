"""What a dotenv file or an EnvironmentFile of systemd sets."""

from __future__ import annotations

import re

_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=(.*)")


def read_assignments(text: str) -> dict[str, str]:
    """`NAME=value` lines of a dotenv or EnvironmentFile: `export`, quotes and comments understood.

    >>> read_assignments("# here\\nexport A='x y' # there\\nB=z")
    {'A': 'x y', 'B': 'z'}
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _ASSIGNMENT.fullmatch(line)
        if match is not None:
            found[match[1]] = _unquoted(match[2].strip())
    return found


def _unquoted(value: str) -> str:
    if value[:1] in ("'", '"') and (end := value.find(value[0], 1)) > 0:
        return value[1:end]
    return re.split(r"\s#", value, maxsplit=1)[0].strip()
