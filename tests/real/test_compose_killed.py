"""A run on a container that is killed, or loses its power: the old one serves again, with everything that it took."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest
from contained import (
    NEW,
    OLD,
    await_step,
    differing,
    explain,
    is_closed,
    kill_at,
    power_off,
    require_as_before,
    take_before,
)
from lab.facts import logged_databases, whole_database
from lab.images import lay_image
from lab.project import Project
from lab.root import Lab
from lab.watcher import DOWN, await_hello, look

pytestmark = [pytest.mark.real, pytest.mark.full]

Opens = Callable[..., Project]

_NEVER = ("--cron", "0 7 29 2 *", "--session", "main", "--system-event", "leap", "--json", "--timeout", "120000")


@pytest.mark.parametrize("step", ["switch", "doctor", "start"])
def test_killed_in_the_middle_the_dead_man_brings_the_old_one_back(opens: Opens, docker_lab: Lab, step: str) -> None:
    project = opens()
    lay_image(docker_lab, project.daemon, NEW)
    before = take_before(project)

    run = project.spawn("--to", NEW)
    await_step(project, step, run)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    began = time.monotonic()

    assert await_hello(project.port, project.token(), patience=300) == OLD
    print(f"killed at {step}: served again after {time.monotonic() - began:.1f} s")
    while not is_closed(project) and time.monotonic() - began < 300:
        time.sleep(0.2)
    assert is_closed(project)
    require_as_before(project, before)


def test_killed_with_its_dead_man_the_next_command_brings_the_old_one_back(opens: Opens, docker_lab: Lab) -> None:
    project = opens()
    lay_image(docker_lab, project.daemon, NEW)
    before = take_before(project)

    kill_at(project, "doctor")
    ended = project.clawupgrade(command="recover")

    assert ended[0] == 3, explain(ended)
    require_as_before(project, before)


def test_killed_while_nobody_serves_the_volume_is_as_it_was_to_the_bit(opens: Opens, docker_lab: Lab) -> None:
    project = opens()
    lay_image(docker_lab, project.daemon, NEW)
    project.compose("stop", "--timeout", "60")
    contents, image = project.contents(), project.running_image()
    logged = logged_databases(project.state)

    kill_at(project, "doctor", wait=5)  # into doctor: it writes
    ended = project.clawupgrade(command="recover")

    assert ended[0] == 3, explain(ended)
    print(f"a log lay beside {sorted(logged)}")
    assert {path: whole_database(project.state / path) for path in logged} == logged
    both = {path + suffix for path in logged for suffix in ("", "-wal", "-shm")}
    assert differing(contents, project.contents()) <= both
    assert project.daemon.docker("ps", "--quiet") == "", "neither a doctor nor a gateway is left running"
    project.compose("up", "-d")
    assert await_hello(project.port, project.token()) == OLD
    assert project.running_image() == image


@pytest.mark.parametrize(("step", "policy"), [("doctor", "always"), ("handshake", "unless-stopped")])
def test_power_is_lost_in_the_middle_and_no_boot_starts_what_is_half_new(
    opens: Opens, docker_lab: Lab, step: str, policy: str
) -> None:
    project = opens(restart=policy)
    lay_image(docker_lab, project.daemon, NEW)
    before, old = project.kept(), project.running_image()

    run = project.spawn("--to", NEW)
    await_step(project, "rehearse", run)
    project.openclaw("cron", "add", "--name", "late", *_NEVER)  # it still serves: what it takes now may not be lost
    await_step(project, step, run)
    time.sleep(5)
    assert project.policy() == "no"
    power_off(project, run)
    project.daemon.boot()

    quiet_until = time.monotonic() + 15
    while time.monotonic() < quiet_until:
        assert project.daemon.docker("ps", "--quiet") == "", "the boot started what nobody has vouched for"
        assert look(project.port, project.token()).state == DOWN
        time.sleep(0.5)

    began = time.monotonic()
    ended = project.clawupgrade(command="recover")  # what the unit after docker.service calls
    print(f"power lost in {step} ({policy}): served again {time.monotonic() - began:.1f} s after recovery began")
    assert ended[0] == 3, explain(ended)
    assert await_hello(project.port, project.token()) == OLD
    assert (project.running_image(), project.policy()) == (old, policy)
    after = project.kept()
    assert "late" in {name for name, _ in after.jobs.values()}
    assert before.jobs.items() <= after.jobs.items()
    assert (before.sessions, before.transcripts) == (after.sessions, after.transcripts)

    project.daemon.lose_power()
    project.daemon.boot()
    assert await_hello(project.port, project.token()) == OLD, "a boot starts it again, as before"
