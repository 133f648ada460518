"""What the collection sends to a host is read by the Python of that host, not by ours."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "ansible/plugins"
OLDEST = (3, 7)
"""On a managed host, for ansible-core 2.17 (meta/runtime.yml)."""


@pytest.mark.parametrize("path", sorted(PLUGINS.rglob("*.py")), ids=lambda path: path.name)
def test_the_oldest_python_of_a_host_can_read_it(path: Path) -> None:
    ast.parse(path.read_text(), path.name, feature_version=OLDEST)
