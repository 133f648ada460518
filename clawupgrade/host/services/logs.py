"""The end of a log file that a gateway writes itself."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

_READ = 64 * 1024


def last_lines(path: Path, count: int, since: datetime) -> tuple[str, ...]:
    """The last lines; none when the file was not written to since then, or cannot be read."""
    try:
        with path.open("rb") as file:
            info = os.fstat(file.fileno())
            if info.st_mtime < since.timestamp():
                return ()
            file.seek(max(0, info.st_size - _READ))
            text = file.read(_READ).decode(errors="replace")
    except OSError:
        return ()  # these lines are for a person to read; their absence decides nothing
    return tuple(line for line in text.splitlines() if line.strip())[-count:]
