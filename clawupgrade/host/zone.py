"""The time zone of this machine, with its changes to and from summer time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LOCALTIME = "/etc/localtime"


def local_zone(environ: Mapping[str, str], localtime: str = _LOCALTIME) -> tzinfo:
    """What `TZ` names, else what the machine is set to; UTC where neither says anything that is known.

    A name, not an offset: an offset of today is wrong after the next change of the clock.
    """
    named = environ.get("TZ", "").removeprefix(":")
    try:
        if named:
            return ZoneInfo.no_cache(named)
        with open(localtime, "rb") as file:
            return ZoneInfo.from_file(file, key=_name(localtime))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _name(path: str) -> str | None:
    return os.path.realpath(path).partition("/zoneinfo/")[2] or None
