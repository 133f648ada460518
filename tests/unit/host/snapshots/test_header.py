from __future__ import annotations

import json

import pytest

from clawupgrade.host.snapshots.errors import SnapshotDamaged
from clawupgrade.host.snapshots.header import Header, parse_header
from clawupgrade.host.snapshots.sources import Placed

_HEADER = Header(
    "run-1",
    1_700_000_000,
    (Placed("state", "/a\udcff", "/b", ("*.log",)),),
    (("/c", "ab"),),
    3,
    99,
    {"node": "24.16.0"},
)


def test_a_header_is_read_back() -> None:
    assert parse_header(_HEADER.text()) == _HEADER


def test_a_format_from_the_future_is_refused_with_advice() -> None:
    record = json.loads(_HEADER.text()) | {"format": 2}
    with pytest.raises(SnapshotDamaged, match="format 2, newer") as caught:
        parse_header(json.dumps(record).encode())
    assert "newer one" in caught.value.hint


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"format": 1}', b"\xff"])
def test_what_is_no_header_is_damage(data: bytes) -> None:
    with pytest.raises(SnapshotDamaged, match="header of a snapshot"):
        parse_header(data)
