"""The machine's own time zone, with its changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clawupgrade.host.zone import local_zone

SUMMER, WINTER = datetime(2026, 7, 1), datetime(2026, 12, 1)


def test_the_variable_names_it() -> None:
    zone = local_zone({"TZ": ":Europe/Berlin"})
    assert (zone.utcoffset(SUMMER), zone.utcoffset(WINTER)) == (timedelta(hours=2), timedelta(hours=1))


def test_else_the_machine_is_set_to_it(tmp_path: Path) -> None:
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/America/New_York")
    if not link.exists():
        pytest.skip("this machine has no time zones")
    assert local_zone({}, str(link)).utcoffset(SUMMER) == timedelta(hours=-4)


@pytest.mark.parametrize("named", ["Mars/Olympus", "../../etc/passwd", ""])
def test_what_nobody_knows_is_utc(named: str, tmp_path: Path) -> None:
    assert local_zone({"TZ": named}, str(tmp_path / "none")) is UTC
