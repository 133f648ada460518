"""Calendar windows such as `Mon-Fri 02:00-05:00`: whether one is open, and when the next one opens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from msgspec import Struct

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"(?:(?P<days>[A-Za-z][A-Za-z,\- ]*?)\s+)?(?P<begin>\d\d?:\d\d)\s*-\s*(?P<end>\d\d?:\d\d)")
_AHEAD = 9
"""Days to look ahead: the window of a week may have passed today, and one opening may be lost to summer time."""


class Window(Struct, frozen=True):
    """A time of day on some days of the week. days: 0 is Monday; the day is that of the opening.

    An end that is not after the beginning lies on the next day.
    """

    days: frozenset[int]
    begin: time
    end: time

    @property
    def nominal(self) -> timedelta:
        """How long it is on a day without a change of the clock."""
        span = _since_midnight(self.end) - _since_midnight(self.begin)
        return span if span > timedelta(0) else span + timedelta(days=1)


class Opening(Struct, frozen=True):
    """One occurrence of a window: from `begin` up to, not including, `end`, both in UTC."""

    begin: datetime
    end: datetime


def window(text: str) -> Window:
    """The window that a text names: `02:00-05:00`, `Sat,Sun 22:00-06:00`, `Mon-Fri 02:00-05:00`.

    Raises:
        ValueError: it names none.
    """
    found = _WINDOW.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"“{text}” is no window; write it like 02:00-05:00 or Mon-Fri 02:00-05:00")
    try:
        begin, end = _time_of_day(found["begin"]), _time_of_day(found["end"])
    except ValueError as error:
        raise ValueError(f"“{text}”: {error}") from error
    return Window(_days(found["days"]) if found["days"] else frozenset(range(7)), begin, end)


def openings(windows: Sequence[Window], zone: tzinfo, since: datetime) -> Iterator[Opening]:
    """The occurrences that end after `since`, by their beginning, over the next days.

    A time of day that a change of the clock leaves out is taken as it would have been without the change;
    of one that comes twice the first is meant. An occurrence that so loses all its length is none.
    """
    today = since.astimezone(zone).date()
    found = []
    for ahead in range(-1, _AHEAD):
        day = today + timedelta(days=ahead)
        for each in windows:
            if day.weekday() in each.days:
                later = each.end <= each.begin
                last = day + timedelta(days=1) if later else day
                found.append(Opening(_instant(day, each.begin, zone), _instant(last, each.end, zone)))
    yield from sorted((o for o in found if o.end > since and o.end > o.begin), key=lambda o: o.begin)


def _instant(day: date, when: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, when, zone).astimezone(UTC)


def _since_midnight(when: time) -> timedelta:
    return timedelta(hours=when.hour, minutes=when.minute)


def _time_of_day(text: str) -> time:
    hour, minute = (int(part) for part in text.split(":"))
    if hour > 23 or minute > 59:
        raise ValueError(f"{text} is no time of day (00:00 to 23:59)")
    return time(hour, minute)


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.replace(" ", "").lower().split(","):
        first, _, last = part.partition("-")
        begin, end = _day(first), _day(last or first)
        found.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(found)


def _day(text: str) -> int:
    if len(text) < 3 or text[:3] not in _DAYS:
        raise ValueError(f"“{text}” is no day of the week; write Mon, Tue, Wed, Thu, Fri, Sat or Sun")
    return _DAYS.index(text[:3])
