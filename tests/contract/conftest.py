"""A stub host for each test that wants one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stub.place import Stub, stub_host


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Stub]:
    """2026.6.11 installed and serving; 2026.9.6 in the registry."""
    with stub_host(tmp_path) as opened:
        yield opened
