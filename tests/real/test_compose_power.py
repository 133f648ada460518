"""Power is lost, or the run is killed, at every step on a container: nothing half new is served, no message is lost.

The engine is a real one. In the container is a small program in the place of OpenClaw, so that every step can be tried;
with OpenClaw itself see test_compose_killed.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from contained import NEW, OLD, await_step, explain, is_closed, power_off
from lab.docker import Daemon, open_daemon
from lab.project import Project
from lab.root import Lab
from lab.small import lay_small, lost_messages, open_small
from lab.watcher import await_hello

pytestmark = [pytest.mark.real, pytest.mark.full]

SCHEMAS = {OLD: "one", NEW: "two"}
STEPS = ("quiesce", "switch", "doctor", "start", "handshake", "confirm")


@pytest.fixture(scope="module")
def engine(docker_lab: Lab) -> Iterator[Daemon]:
    """A daemon that has both releases."""
    with open_daemon(docker_lab, name="docker-small") as opened:
        for version, schema in SCHEMAS.items():
            lay_small(docker_lab, opened, version, schema)
        yield opened


@pytest.mark.parametrize("policy", ["always", "unless-stopped"])
@pytest.mark.parametrize("step", STEPS)
def test_power_is_lost_and_the_old_one_comes_back_with_every_message(
    docker_lab: Lab, engine: Daemon, program: Path, step: str, policy: str
) -> None:
    with open_small(docker_lab, engine, program, f"lab/small:{OLD}", SCHEMAS[OLD], policy) as project:
        assert await_hello(project.port, project.token()) == OLD
        old = project.running_image()

        run = project.spawn("--to", NEW)
        await_step(project, step, run)
        power_off(project, run)
        engine.boot()

        served = engine.docker("ps", "--quiet", "--no-trunc").split()
        images = {engine.docker("inspect", "--format", "{{.Image}}", each).strip() for each in served}
        assert images <= ({old} if step == "quiesce" else set()), "the boot started what nobody has vouched for"
        ended = project.clawupgrade(command="recover")

        assert ended[0] == 3, explain(ended)
        require_old(project, old, policy)
        engine.lose_power()
        engine.boot()
        assert await_hello(project.port, project.token()) == OLD, "a boot starts it again, as before"


def test_an_upgrade_ends_with_the_policy_of_the_file_and_every_message(
    docker_lab: Lab, engine: Daemon, program: Path
) -> None:
    with open_small(docker_lab, engine, program, f"lab/small:{OLD}", SCHEMAS[OLD], "always") as project:
        await_hello(project.port, project.token())
        ended = project.clawupgrade("--to", NEW)
        assert ended[0] == 0, explain(ended)
        assert await_hello(project.port, project.token()) == NEW
        assert project.policy() == "always"
        assert lost_messages(project, OLD) | lost_messages(project, NEW) == set()


@pytest.mark.parametrize("step", STEPS)
def test_a_run_is_killed_and_its_dead_man_brings_the_old_one_back_with_every_message(
    docker_lab: Lab, engine: Daemon, program: Path, step: str
) -> None:
    with open_small(docker_lab, engine, program, f"lab/small:{OLD}", SCHEMAS[OLD], "always") as project:
        await_hello(project.port, project.token())
        old = project.running_image()

        run = project.spawn("--to", NEW)
        await_step(project, step, run)
        run.kill()
        run.communicate()
        began = time.monotonic()
        while not is_closed(project):
            assert time.monotonic() < began + 120, "nobody has recovered"
            time.sleep(0.1)

        print(f"killed at {step}: closed after {time.monotonic() - began:.1f} s")
        require_old(project, old, "always")


def test_a_rollback_long_after_and_its_undo(docker_lab: Lab, engine: Daemon, program: Path) -> None:
    with open_small(docker_lab, engine, program, f"lab/small:{OLD}", SCHEMAS[OLD], "always") as project:
        await_hello(project.port, project.token())
        old = project.running_image()
        for words, command, version in (
            (("--to", NEW), "run", NEW),
            (("--restore-state", "--yes"), "rollback", OLD),  # its schema is in no database that tells
            (("--undo", "--yes"), "rollback", NEW),
        ):
            ended = project.clawupgrade(*words, command=command)
            assert ended[0] == 0, explain(ended)
            assert await_hello(project.port, project.token()) == version
            assert (project.running_image() == old, project.policy()) == (version == OLD, "always")
            assert (project.state / "schema").read_text() == SCHEMAS[version]


def require_old(project: Project, image: str, policy: str) -> None:
    """All old, proven from outside, and no message that the old one ever took is missing."""
    assert await_hello(project.port, project.token()) == OLD
    assert (project.running_image(), project.policy()) == (image, policy)
    assert (project.state / "schema").read_text() == SCHEMAS[OLD]
    assert lost_messages(project, OLD) == set()


def test_power_is_lost_right_after_the_commit_and_the_next_command_has_the_target_serve(
    docker_lab: Lab, engine: Daemon, program: Path
) -> None:
    with open_small(docker_lab, engine, program, f"lab/small:{OLD}", SCHEMAS[OLD], "always") as project:
        await_hello(project.port, project.token())
        run = project.spawn("--to", NEW)
        await_step(project, "confirm", run)
        while not is_closed(project):
            assert run.poll() is None, run.communicate()
        power_off(project, run)
        engine.boot()
        was_held = project.policy() == "no"
        assert bool(engine.docker("ps", "--quiet")) is not was_held

        ended = project.clawupgrade("--to", NEW)

        print(f"held when the power went: {was_held}")
        assert ended[0] == 0, explain(ended)
        assert await_hello(project.port, project.token()) == NEW
        assert project.policy() == "always"
        assert lost_messages(project, OLD) | lost_messages(project, NEW) == set()
