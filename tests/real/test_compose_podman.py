"""Podman where it answers to Docker's own words: the same upgrade, and the same way back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from contained import OLD, explain, is_closed, kill_at
from lab.docker import Daemon, open_daemon
from lab.podman import Podman, find_podman_lack
from lab.root import Lab
from lab.small import lay_small, lost_messages, open_small
from lab.watcher import await_hello
from test_compose_power import SCHEMAS, require_old
from test_compose_power import test_a_rollback_long_after_and_its_undo as undone

pytestmark = [pytest.mark.real, pytest.mark.full]


@pytest.fixture(scope="module")
def podman(docker_lab: Lab) -> Iterator[Daemon]:
    """Podman's service that has both releases."""
    if lack := find_podman_lack():
        if os.environ.get("CI"):
            pytest.fail(lack, pytrace=False)
        pytest.skip(lack)
    with open_daemon(docker_lab, name="podman-small", kind=Podman) as opened:
        for version, schema in SCHEMAS.items():
            lay_small(docker_lab, opened, version, schema)
        yield opened


def test_an_upgrade_its_rollback_and_its_undo(docker_lab: Lab, podman: Daemon, program: Path) -> None:
    undone(docker_lab, podman, program)


def test_a_run_is_killed_and_the_next_command_brings_the_old_one_back(
    docker_lab: Lab, podman: Daemon, program: Path
) -> None:
    with open_small(docker_lab, podman, program, f"lab/small:{OLD}", SCHEMAS[OLD], "always") as project:
        await_hello(project.port, project.token())
        old = project.running_image()

        kill_at(project, "doctor")
        ended = project.clawupgrade(command="recover")

        assert ended[0] == 3, explain(ended)
        assert is_closed(project)
        require_old(project, old, "always")
        assert lost_messages(project, OLD) == set()
