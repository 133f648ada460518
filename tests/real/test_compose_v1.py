"""Compose v1, and a compose file that is the user's own to be edited where that is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from contained import NEW, OLD, explain
from lab.docker import open_daemon
from lab.images import lay_image
from lab.project import COMMENT, open_project
from lab.root import Lab
from lab.watcher import await_hello

pytestmark = [pytest.mark.real, pytest.mark.full]

# In a module of its own: the daemon of the others stands until their module ends, and both want one data root.


def test_with_compose_v1_and_a_file_of_ones_own_edited_on_demand(docker_lab: Lab, program: Path) -> None:
    with (
        open_daemon(docker_lab, plugin=False) as daemon,
        open_project(docker_lab, daemon, program, named=False) as project,
    ):
        target = lay_image(docker_lab, daemon, NEW)
        before = project.kept()
        text = project.file.read_text()

        ended = project.clawupgrade("--to", NEW, "--write")

        assert ended[0] == 0, explain(ended)
        assert await_hello(project.port, project.token()) == NEW
        assert project.kept().jobs.items() >= before.jobs.items()
        edited = project.file.read_text()
        assert edited == text.replace(f"image: lab/openclaw:{OLD} ", f'image: "{daemon.image_id(target)}" ')
        assert COMMENT in edited
        assert not project.override.exists()

        back = project.clawupgrade("--yes", command="rollback")
        assert back[0] == 0, explain(back)
        assert await_hello(project.port, project.token()) == OLD
        again = project.clawupgrade("--undo", "--yes", command="rollback")
        assert again[0] == 0, explain(again)
        assert await_hello(project.port, project.token()) == NEW
        assert project.kept().jobs.items() >= before.jobs.items()
