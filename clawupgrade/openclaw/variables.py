"""Environment variables that releases do not read: clawdbot's and moltbot's (from 2026.4 on, #14298), and a guide's."""

from __future__ import annotations

import re
from collections.abc import Iterator

UNREAD = "OPENCLAW_GATEWAY_AUTH_TOKEN"
"""Guides for Docker pin it, and no release from 2026.1 to 2026.9 reads it: whoever set it is unprotected."""

# In a dotenv file or an EnvironmentFile, and in a unit, where one line may set several, quoted or not.
_ASSIGNMENT = re.compile(r"^(\s*(?:export\s+)?)(?:CLAWDBOT|MOLTBOT)_([A-Za-z0-9_]+)(\s*=)")
_IN_UNIT = re.compile(r"""(?<![A-Za-z0-9_])(?:CLAWDBOT|MOLTBOT)_([A-Za-z0-9_]+)(?==)""")
_UNIT_LINE = re.compile(r"\s*Environment\s*=")


def with_new_names(text: str, *, is_unit: bool) -> str:
    """The text with an `OPENCLAW_…` beside each old name that has none, at the same value, right after it.

    The old line stays: the release that is left still reads it. Line ends stay as they are.

    >>> with_new_names("CLAWDBOT_GATEWAY_PORT=5\\n", is_unit=False)
    'CLAWDBOT_GATEWAY_PORT=5\\nOPENCLAW_GATEWAY_PORT=5\\n'
    """
    lines = text.splitlines(keepends=True)
    return "".join(_renewed(lines, text, is_unit=is_unit))


def _renewed(lines: list[str], text: str, *, is_unit: bool) -> Iterator[str]:
    newline = "\r\n" if "\r\n" in text else "\n"
    for line in lines:
        copy = _copy(line, text, is_unit=is_unit)
        ended = line if line.endswith(("\n", "\r")) or not copy else line + newline
        yield ended
        if copy:
            yield copy


def _copy(line: str, text: str, *, is_unit: bool) -> str:
    """The line under the new names; "" where there is nothing to rename, or the new names are set already."""
    if is_unit:
        names = _IN_UNIT.findall(line) if _UNIT_LINE.match(line) else []
        copy = _IN_UNIT.sub(r"OPENCLAW_\1", line)
    else:
        found = _ASSIGNMENT.match(line)
        names = [found.group(2)] if found else []
        copy = _ASSIGNMENT.sub(r"\1OPENCLAW_\2\3", line)
    return copy if any(not _is_set(f"OPENCLAW_{name}", text) for name in names) else ""


def _is_set(name: str, text: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9_]){name}\s*=", text) is not None
