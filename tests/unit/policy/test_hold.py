"""Until when a hold stands, as people write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from clawupgrade.errors import JournalDamaged, UsageError
from clawupgrade.policy.hold import Hold, hold_from, moment

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3d", NOW + timedelta(days=3)),
        ("2026-12-01", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("2026-12-01T08:00", datetime(2026, 12, 1, 7, tzinfo=UTC)),
        ("2026-12-01T08:00Z", datetime(2026, 12, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_time_to_come(text: str, expected: datetime) -> None:
    assert moment(text, NOW, BERLIN) == expected


@pytest.mark.parametrize("text", ["tomorrow", "0", "2026-11-23", "2026-13-01"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        moment(text, NOW, BERLIN)


def test_it_is_read_back_and_damage_is_no_permission() -> None:
    held = Hold(NOW, NOW + timedelta(days=1), "demo day")
    assert hold_from(msgspec.to_builtins(held)) == held
    assert hold_from(None) is None
    assert hold_from({}) is None
    with pytest.raises(JournalDamaged):
        hold_from({"since": "once"})
