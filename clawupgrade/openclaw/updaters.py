"""Recognises somebody else's update of OpenClaw by its command line: two at once leave half an installation."""

from __future__ import annotations

import re

_UPDATE = re.compile(
    r"(?:^|/)(?:openclaw|clawdbot)(?:\.mjs|/dist/(?:entry|index)\.m?js)?\s+"
    r"(?:--(?:profile|log-level)(?:=|\s+)\S+\s+|--\S+\s+)*(?:--)?update(?!\S)"
)
_PROGRAM = re.compile(r"^(?:\S*/)?(?:node|nodejs|npm|openclaw|clawdbot)\b")
_TITLE = re.compile(r"^openclaw-update\b")
_NPM = re.compile(r"\bnpm(?:-cli\.js)?\s+(?:i|install|add|update|up)\b.*\s(?:openclaw|clawdbot)(?:@\S+)?(?:\s|$)")


def list_processes(uid: int) -> tuple[str, ...]:
    """What lists an account's processes. Other accounts have installations of their own.

    >>> list_processes(1000)
    ('ps', '-ww', '-U', '1000', '-o', 'pid=,args=')
    """
    return ("ps", "-ww", "-U", str(uid), "-o", "pid=,args=")


def updating_process(listing: str) -> str:
    """The pid of an `openclaw update`, or of an npm that installs OpenClaw; "" when there is none.

    A wrapper that only has the words among its arguments (nsenter, ssh, an editor) is no updater.
    """
    for line in listing.splitlines():
        pid, _, words = line.strip().partition(" ")
        if _PROGRAM.match(words) and any(kind.search(words) for kind in (_UPDATE, _TITLE, _NPM)):
            return pid
    return ""
