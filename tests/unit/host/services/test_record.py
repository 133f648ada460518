"""What it takes to start a gateway again."""

from __future__ import annotations

from pathlib import Path

import pytest

from clawupgrade.errors import StepFailed
from clawupgrade.host.identity import Identity
from clawupgrade.host.services.record import GatewayRecord, read_record, write_record

RECORD = GatewayRecord(("/n", "gw"), {"OPENCLAW_GATEWAY_TOKEN": "secret-value"}, "/", "m", Identity(5, 6, "b"))


def test_it_is_read_as_it_was_written_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "new/gateway.json"
    write_record(path, RECORD)
    assert read_record(path) == RECORD
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_it_does_not_print_its_environment() -> None:
    assert "secret-value" not in f"{RECORD} {RECORD!r}"


def test_none_and_damage_and_the_future_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "gateway.json"
    assert read_record(path) is None
    path.write_text('{"argv": ["x"]')
    with pytest.raises(StepFailed, match="cannot be read"):
        read_record(path)
    path.write_text('{"argv": [], "env": {}, "cwd": "/", "mark": "m", "format": 2}')
    with pytest.raises(StepFailed, match="format 2"):
        read_record(path)
