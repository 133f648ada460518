"""Whether a service definition still speaks of another release, or leads nowhere."""

from __future__ import annotations

import re

from clawupgrade.openclaw.units import read_unit

# 2026.1 … 2026.8 write their version into the unit; 2026.9.5 and later do not.
_VERSION_MARKS = (
    re.compile(r"^Description=.*\(v?(?P<version>\d{4}\.\d+\.\d+[^)\s]*)", re.MULTILINE),
    re.compile(r"^Environment=.*_SERVICE_VERSION=(?P<version>[^\s\"]+)", re.MULTILINE),
)


def why_stale(text: str, version: str, entry_exists: bool) -> str:
    """The reason why a unit has to be written anew for `version`, or "" when it will do.

    text: the unit's main file. entry_exists: whether the script in ExecStart is there.

    >>> why_stale("Description=OpenClaw Gateway (v2026.6.11)", "2026.9.6", True)
    'it was written by 2026.6.11'
    """
    if not entry_exists:
        return f"its entry point {read_unit([text]).entry or '(none)'} does not exist"
    for mark in _VERSION_MARKS:
        found = mark.search(text)
        if found and found["version"] != version:
            return f"it was written by {found['version']}"
    return ""
