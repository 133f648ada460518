"""Packages whose parts wait: what they offer is what they say they offer, to people and to type checkers."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

PACKAGES = ("clawupgrade", "clawupgrade.model", "clawupgrade.ports", "clawupgrade.openclaw.document")


@pytest.mark.parametrize("name", PACKAGES)
def test_every_name_that_is_offered_is_had(name: str) -> None:
    package = import_module(name)
    for each in package.__all__:
        assert getattr(package, each) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = package.Nothing


@pytest.mark.parametrize("name", PACKAGES)
def test_a_type_checker_sees_the_same_names_from_the_same_places(name: str) -> None:
    """One list is for the checker, the other for the interpreter: a name in one alone is a fault that no test meets."""
    package = import_module(name)
    tree = ast.parse(Path(str(package.__file__)).read_text())
    block = next(each for each in tree.body if isinstance(each, ast.If))
    seen = {(each.module, name.name) for each in block.body if isinstance(each, ast.ImportFrom) for name in each.names}
    assert seen == {(home, each) for home, names in package._HOMES.items() for each in names}
    assert {each for _, each in seen} | {"__version__"} == set(package.__all__) | {"__version__"}


@pytest.mark.parametrize(
    "use",
    [
        "import importlib.metadata; importlib.metadata.version('psutil')",
        "from importlib.metadata import version; version('psutil')",
        "import importlib.metadata._meta",
        "import importlib.metadata as m; m.version('psutil'); m.PackageNotFoundError",
    ],
)
def test_what_was_put_off_runs_when_something_of_it_is_named(use: str) -> None:
    script = f"""
import sys
from clawupgrade.lazily import put_off
put_off("importlib.metadata"); put_off("importlib.metadata"); put_off("no_such_module_here")
import importlib.metadata
assert "email" not in sys.modules
{use}
assert "email" in sys.modules and "no_such_module_here" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
