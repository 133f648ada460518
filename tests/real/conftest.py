"""Fixtures of the real-host tests: the lab, this checkout installed, fresh hosts, and watchers on them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from lab.birth import sweep
from lab.docker import Daemon, find_docker_lack, open_daemon
from lab.host import Host
from lab.install import install_checkout
from lab.instance import open_host
from lab.project import Project, open_project
from lab.releases import release_of
from lab.root import Lab, find_lack, open_lab
from lab.watcher import Watcher

pytest.register_assert_rewrite("contained", "drive", "killing", "patient")


_ALONE = ("2026.2.12", "2026.4.29", "2026.7.1", "2026.8.2")
"""Releases of which the representative set needs the package and no host."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """For two at a time: one prepares the host that most need while the other installs what no host needs.

    A package that a prepared host has is taken off its disk, so that whoever wants it comes last. There is one Docker
    daemon: whoever wants it beside another module that has it waits for that one's end.
    """
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    module, _, case = item.nodeid.rpartition("/")[2].partition("::")
    if "config" in module:
        return 1 if case.endswith(tuple(f"[{version}]" for version in _ALONE)) else 4
    if case.endswith("to_the_bit_without_a_network[cannot-serve]"):
        return 0
    return {"test_compose.py": 2, "test_rollback.py": 2, "test_fleet_lost.py": 5}.get(module, 3)


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The lab of this machine; skips with one line where none can be had, and fails for it in CI."""
    lack = find_lack()
    if lack is not None:
        if os.environ.get("CI"):
            pytest.fail(lack, pytrace=False)
        pytest.skip(lack)
    opened = open_lab()
    sweep(opened)
    return opened


@pytest.fixture(scope="session")
def checkout_venv(lab: Lab) -> Iterator[Path]:
    """This checkout's clawupgrade, as it is when the session starts; on every host's PATH."""
    with install_checkout(lab, Path(__file__).parents[2]) as venv:
        yield venv


@pytest.fixture
def host_factory(lab: Lab, checkout_venv: Path) -> Iterator[Callable[..., Host]]:
    """`host_factory("2026.6.11", owner=…, node=…)`: a serving host, thrown away when the test ends."""
    with ExitStack() as opened:

        def open_one(version: str, **choices: Any) -> Host:
            release = release_of(version)
            return opened.enter_context(open_host(lab, release, venv=checkout_venv, **choices))

        yield open_one


@pytest.fixture
def host(host_factory: Callable[..., Host]) -> Host:
    """A serving 2026.6.11."""
    return host_factory("2026.6.11")


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Iterator[Callable[[Host], Watcher]]:
    """`watch(host)`: a watcher that looks from now to the end of the test."""
    with ExitStack() as watching:
        yield lambda host: watching.enter_context(Watcher(host.gateway_port, host.token()))


@pytest.fixture(scope="session")
def docker_lab(lab: Lab) -> Lab:
    """The lab, where a Docker daemon can be had; skips with one line where none can, and fails for it in CI."""
    lack = find_docker_lack()
    if lack is not None:
        if os.environ.get("CI"):
            pytest.fail(lack, pytrace=False)
        pytest.skip(lack)
    return lab


@pytest.fixture(scope="session")
def program(checkout_venv: Path) -> Path:
    """The Python that has this checkout's clawupgrade: containers are driven from this machine itself."""
    return checkout_venv / "bin/python"


@pytest.fixture(scope="module")
def daemon(docker_lab: Lab) -> Iterator[Daemon]:
    """A daemon whose clients have Compose v2."""
    with open_daemon(docker_lab) as opened:
        yield opened


@pytest.fixture
def opens(docker_lab: Lab, daemon: Daemon, program: Path) -> Iterator[Callable[..., Project]]:
    """`opens(version=…, named=…)`: a serving project, thrown away when the test ends."""
    with ExitStack() as held:
        yield lambda **choices: held.enter_context(open_project(docker_lab, daemon, program, **choices))
