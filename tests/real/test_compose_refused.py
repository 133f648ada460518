"""What keeps an upgrade of a container from beginning: exit 6, one line, one hint, and nothing is touched."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from contained import NEW
from lab.disk import make_disk, mount_disk, unmount
from lab.docker import open_daemon
from lab.images import lay_image
from lab.project import Project, open_project
from lab.root import Lab

pytestmark = [pytest.mark.real, pytest.mark.full]

Opens = Callable[..., Project]


def refusal(project: Project, *words: str, env: dict[str, str] | None = None, **more: Any) -> str:
    """The one line with which a run is refused."""
    argv = [*project.program, "run", "--to", NEW, *words]
    done = subprocess.run(argv, env=project.env | (env or {}), capture_output=True, text=True, check=False, **more)
    assert done.returncode == 6, (done.stdout, done.stderr)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) <= 2, lines  # the message, and what to do about it
    print("\n".join(lines))
    return lines[0]


@contextmanager
def untouched(project: Project) -> Iterator[None]:
    """The same process serves afterwards."""

    def started() -> str:
        return project.daemon.docker("inspect", "--format", "{{.State.StartedAt}}", project.container())

    before = started()
    yield
    assert started() == before


def test_what_is_missing_is_said_in_one_line_and_nothing_is_touched(opens: Opens, docker_lab: Lab) -> None:
    project = opens()
    lay_image(docker_lab, project.daemon, NEW)
    file = ("--compose", str(project.file))
    with untouched(project):
        nobody = {"DOCKER_HOST": "unix:///run/nobody.sock"}
        assert "no docker daemon answers" in refusal(project, *file, env=nobody)
        assert "there is no compose file" in refusal(project, "--compose", f"{project.folder}/gone.yaml")
        assert "has no service “front”" in refusal(project, *file, "--service", "front")


def test_a_socket_that_one_may_not_use_is_said_in_one_line(opens: Opens) -> None:
    project = opens()
    for folder in (project.daemon.folder, project.folder.parent, project.folder):
        folder.chmod(0o755)
    with tempfile.TemporaryDirectory() as home, untouched(project):
        Path(home).chmod(0o777)
        env = {"CLAWUPGRADE_HOME": f"{home}/ours", "HOME": home, "XDG_STATE_HOME": home}
        stranger = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        said = refusal(project, "--compose", str(project.file), env=env, cwd=home, **stranger)
    assert said.count("no permission to speak with the docker daemon") == 1
    assert str(project.daemon.folder) in said


def test_a_full_data_root_is_said_with_what_it_lacks(docker_lab: Lab, program: Path) -> None:
    with tempfile.TemporaryDirectory(dir=docker_lab.runs, prefix="small-") as place:
        at = Path(place, "at")
        make_disk(Path(place, "disk"), size=3 * 2**30)
        mount_disk(Path(place, "disk"), at)
        try:
            with (
                open_daemon(docker_lab, name="docker-small", data_root=at / "docker") as daemon,
                open_project(docker_lab, daemon, program) as project,
                untouched(project),
            ):
                free = int(subprocess.run(["stat", "-fc", "%a", at], capture_output=True, check=True).stdout) * 4096
                subprocess.run(["fallocate", "-l", str(free - 300_000_000), at / "filler"], check=True)
                said = refusal(project, "--compose", str(project.file))
            assert f"not enough space for images in {at}/docker" in said
        finally:
            unmount(at)
