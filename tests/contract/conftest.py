"""A stub host for each test that wants one."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stub.place import Stub, stub_host

# nohup and a shell's background ignore these, and every child would inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Stub]:
    """2026.6.11 installed and serving; 2026.9.6 in the registry."""
    with stub_host(tmp_path) as opened:
        yield opened
