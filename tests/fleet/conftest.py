"""A control node, and stub hosts for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

from ground import ControlNode
from stub.place import Stub, stub_host
from stubs import variables_of


@pytest.fixture
def control(tmp_path: Path) -> ControlNode:
    """A control node without hosts."""
    return ControlNode(tmp_path / "control")


@pytest.fixture
def fleet(tmp_path: Path, control: ControlNode) -> Iterator[Callable[..., list[Stub]]]:
    """`fleet(3)`: so many stub hosts, `host0` and on, in the control node's inventory."""
    with ExitStack() as opened:

        def build(count: int) -> list[Stub]:
            stubs = [opened.enter_context(stub_host(tmp_path / f"host{number}")) for number in range(count)]
            control.hosts = {f"host{number}": variables_of(stub) for number, stub in enumerate(stubs)}
            return stubs

        yield build
