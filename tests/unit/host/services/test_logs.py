"""The end of a gateway's own log file."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clawupgrade.host.services.logs import last_lines

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_the_last_lines_without_blank_ones(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("".join(f"line {number} {'x' * 1000}\n\n" for number in range(500)))
    lines = last_lines(path, 3, LONG_AGO)
    assert [line.split()[1] for line in lines] == ["497", "498", "499"]


def test_a_file_that_was_not_written_to_since_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("old\n")
    now = datetime.now(UTC)
    os.utime(path, (now.timestamp() - 100, now.timestamp() - 100))
    assert last_lines(path, 40, now - timedelta(seconds=50)) == ()
    assert last_lines(path, 40, now - timedelta(seconds=150)) == ("old",)


def test_a_file_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none", 40, LONG_AGO) == ()
    assert last_lines(tmp_path, 40, LONG_AGO) == ()
