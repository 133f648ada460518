"""Spans of time as people write them: `90s`, `10m`, `1h30m`, `3d`, `2w`, `0`."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_WHOLE = re.compile(r"(?:[0-9]+[wdhms])+")
_PART = re.compile(r"(\d+)([wdhms])")
_LONGEST = timedelta(days=3660)


def duration(text: str) -> timedelta:
    """The span that a text names.

    >>> duration("1h30m"), duration("0")
    (datetime.timedelta(seconds=5400), datetime.timedelta(0))

    Raises:
        ValueError: it is none, or longer than ten years.
    """
    bare = text.strip().replace(" ", "")
    if bare == "0":
        return timedelta(0)
    if not _WHOLE.fullmatch(bare) or len(bare) > 40:
        raise ValueError(f"“{text}” is no span of time; write it like 90s, 10m, 1h30m, 3d or 2w")
    seconds = sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(bare))
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"“{text}” is longer than ten years")
    return timedelta(seconds=seconds)


def words(span: timedelta) -> str:
    """The shortest text that `duration` reads as this span; whole seconds, never negative.

    >>> words(timedelta(minutes=90)), words(timedelta(days=3)), words(timedelta(0))
    ('1h30m', '3d', '0')
    """
    left = max(0, round(span.total_seconds()))
    parts = []
    for unit, size in _UNITS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"
