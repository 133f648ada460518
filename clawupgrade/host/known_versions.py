"""The versions that there are, for somebody who is typing: quickly, or not at all."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from clawupgrade.openclaw.versions import is_release, parse

_FILE = "versions.json"
_FRESH = 3600.0
_PATIENCE = 4.0


def known_versions(folder: Path) -> tuple[str, ...]:
    """OpenClaw's releases, the newest first, from the registry or from an answer that is less than an hour old.

    Empty where npm does not answer within 4 s.
    """
    file = folder / _FILE
    with suppress(OSError, ValueError):
        if time.time() - file.stat().st_mtime < _FRESH:
            return _sorted(json.loads(file.read_text()))
    try:
        said = subprocess.run(
            ["npm", "view", "openclaw", "versions", "--json", "--loglevel=error"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=True,
        ).stdout
        found = _sorted(json.loads(said))
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()
    with suppress(OSError):
        if folder.is_dir():
            file.write_text(json.dumps(found))
    return found


def _sorted(said: object) -> tuple[str, ...]:
    if isinstance(said, dict):
        said = said.get("versions")
    versions = said if isinstance(said, list) else [said]
    return tuple(
        sorted((each for each in versions if isinstance(each, str) and is_release(each)), key=parse, reverse=True)
    )
