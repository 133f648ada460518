"""A gateway in a Compose project, on a real Docker daemon: upgraded by image, proven from outside, or all old again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from lab.docker import Daemon, open_daemon
from lab.images import lay_image, spoil
from lab.layers import UID
from lab.project import COMMENT, STATE, Project, open_project
from lab.root import Lab
from lab.trap import Trap
from lab.watcher import Watcher, await_hello, look

from clawupgrade.cli.place import own_account
from clawupgrade.composed import Wanted
from clawupgrade.host.fence import SignalFence
from clawupgrade.host.machine import build_host
from clawupgrade.testing.containers_contract import CONTRACT

pytestmark = pytest.mark.real

OLD, NEW = "2026.6.11", "2026.9.6"
Opens = Callable[..., Project]

_BROKEN = """
cat > /usr/local/bin/spoilt.mjs <<'END'
if (process.argv.includes("gateway") && process.argv.includes("run")) {
  console.error("Error: the sidecar crashed");
  process.exit(7);
}
END
cat > /usr/local/bin/node.sh <<'END'
#!/bin/sh
exec /usr/local/bin/node.real --import /usr/local/bin/spoilt.mjs "$@"
END
chmod 755 /usr/local/bin/node.sh
mv /usr/local/bin/node /usr/local/bin/node.real
mv /usr/local/bin/node.sh /usr/local/bin/node
"""
"""A release whose gateway ends itself, and whose other commands work."""

_BROKEN_LIVE = _BROKEN.replace(
    'includes("run")', 'includes("run") && !(await import("fs")).existsSync("/run/clawupgrade")'
)
"""The same, but where it is tried out: what a copy without network cannot show."""


@pytest.fixture(scope="module")
def daemon(docker_lab: Lab) -> Iterator[Daemon]:
    """A daemon whose clients have Compose v2."""
    with open_daemon(docker_lab) as opened:
        yield opened


@pytest.fixture
def opens(docker_lab: Lab, daemon: Daemon, program: Path) -> Iterator[Opens]:
    """`opens(version=…, named=…)`: a serving project, thrown away when the test ends."""
    with ExitStack() as held:
        yield lambda **choices: held.enter_context(open_project(docker_lab, daemon, program, **choices))


def explain(ended: tuple[int, dict[str, Any], str]) -> str:
    """For assertion messages."""
    rc, document, err = ended
    steps = [f"{each['name']} {each['state']} {each['error']}" for each in document.get("steps", [])]
    return f"exit {rc}: {document.get('message')} {document.get('hint')}\n{steps}\n{err[-3000:]}"


def test_one_command_upgrades_a_compose_service_and_keeps_everything(opens: Opens, docker_lab: Lab) -> None:
    project = opens()
    target = lay_image(docker_lab, project.daemon, NEW)
    before, text, old = project.kept(), project.file.read_bytes(), project.running_image()

    with Watcher(project.port, project.token()) as watcher:
        began = time.monotonic()
        ended = project.clawupgrade("--to", NEW)
        seconds = time.monotonic() - began

    rc, document, err = ended
    assert rc == 0, explain(ended)
    assert document["outcome"] == "upgraded"
    assert await_hello(project.port, project.token()) == NEW
    assert project.running_image() == project.daemon.image_id(target) != old
    after = project.kept()
    assert after.token_sha256 == before.token_sha256
    assert before.jobs.items() <= after.jobs.items()
    assert before.sessions.items() <= after.sessions.items()
    assert before.transcripts <= after.transcripts
    assert project.file.read_bytes() == text, "the user's compose file is never rewritten without being asked"
    assert project.daemon.image_id(target) in project.override.read_text()
    assert len(watcher.outages()) == 1, watcher.changes
    assert str(project.token()) not in err + json.dumps(document)
    print(f"{seconds:.1f} s in all, away {watcher.downtime():.1f} s of it: {document.get('steps')}")


def steps_begun(project: Project) -> list[str]:
    """The names of the steps that the last run has begun, without their version."""
    journals = sorted(project.ours.rglob("journal"))
    lines = journals[-1].read_text(errors="replace").splitlines() if journals else []
    records = [json.loads(line.partition(" ")[2]) for line in lines if line.endswith("}")]
    return [str(each["step"]).partition(":")[0] for each in records if each["kind"] == "step.began"]


def await_step(project: Project, name: str, run: subprocess.Popen[str]) -> None:
    """Wait until the run has begun a step. Raises AssertionError once it never will."""
    end = time.monotonic() + 900
    while name not in steps_begun(project):
        assert run.poll() is None, f"the run ended before {name}: {steps_begun(project)} {run.communicate()}"
        assert time.monotonic() < end, f"no {name} in 900 s"
        time.sleep(0.02)


def is_closed(project: Project) -> bool:
    """Whether the last run's journal is closed."""
    journals = sorted(project.ours.rglob("journal"))
    return bool(journals) and '"kind":"run.closed"' in journals[-1].read_text(errors="replace")


@dataclass(frozen=True, slots=True)
class Before:
    """A project at rest. passing: what a mere stop and start of the old gateway changes on its volume."""

    contents: dict[str, str]
    passing: frozenset[str]
    image: str


def at_rest(project: Project) -> dict[str, str]:
    """The contents while nobody writes to them; the gateway serves again afterwards."""
    project.compose("stop", "--timeout", "60")
    contents = project.contents()
    project.compose("start")
    await_hello(project.port, project.token())
    return contents


def take_before(project: Project) -> Before:
    """Look twice: a gateway that serves writes by itself, and that is nobody's loss."""
    first, second = at_rest(project), at_rest(project)
    return Before(second, frozenset(differing(first, second)), project.running_image())


def differing(one: dict[str, str], other: dict[str, str]) -> set[str]:
    """The paths that differ, in owner, mode or content."""
    return {path for path in one.keys() | other.keys() if one.get(path) != other.get(path)}


def require_as_before(project: Project, before: Before) -> None:
    """Old digest and old volume: nothing differs but what the old gateway writes by itself; and it serves."""
    assert await_hello(project.port, project.token()) == OLD
    assert project.running_image() == before.image
    assert differing(before.contents, at_rest(project)) <= before.passing


@pytest.mark.full
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


@pytest.mark.full
def test_an_image_that_cannot_serve_is_met_on_a_copy_and_nothing_is_touched(opens: Opens, docker_lab: Lab) -> None:
    project = opens()
    good = lay_image(docker_lab, project.daemon, NEW)
    bad = spoil(project.daemon, good, _BROKEN, "lab/openclaw:broken")
    before = take_before(project)

    with Watcher(project.port, project.token()) as watcher:
        ended = project.clawupgrade("--image", bad)

    assert ended[0] == 1, explain(ended)
    assert watcher.outages() == [], watcher.changes
    require_as_before(project, before)


@pytest.mark.full
def test_an_image_that_serves_on_a_copy_only_is_taken_back_to_the_bit(opens: Opens, docker_lab: Lab) -> None:
    project = opens()
    bad = spoil(project.daemon, lay_image(docker_lab, project.daemon, NEW), _BROKEN_LIVE, "lab/openclaw:broken-live")
    before = take_before(project)

    ended = project.clawupgrade("--image", bad)

    assert ended[0] == 3, explain(ended)
    require_as_before(project, before)


@pytest.mark.full
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


@pytest.mark.full
def test_killed_with_its_dead_man_the_next_command_brings_the_old_one_back(opens: Opens, docker_lab: Lab) -> None:
    project = opens()
    lay_image(docker_lab, project.daemon, NEW)
    before = take_before(project)

    run = project.spawn("--to", NEW)
    await_step(project, "doctor", run)
    (mark,) = project.ours.rglob("deadman.pid")
    os.kill(int(mark.read_text()), signal.SIGKILL)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()

    ended = project.clawupgrade(command="recover")

    assert ended[0] == 3, explain(ended)
    require_as_before(project, before)


@pytest.mark.full
def test_killed_while_nobody_serves_the_volume_is_as_it_was_to_the_bit(opens: Opens, docker_lab: Lab) -> None:
    project = opens()
    lay_image(docker_lab, project.daemon, NEW)
    project.compose("stop", "--timeout", "60")
    contents, image = project.contents(), project.running_image()

    run = project.spawn("--to", NEW)
    await_step(project, "doctor", run)
    time.sleep(5)  # into doctor: it writes
    (mark,) = project.ours.rglob("deadman.pid")
    os.kill(int(mark.read_text()), signal.SIGKILL)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    ended = project.clawupgrade(command="recover")

    assert ended[0] == 3, explain(ended)
    assert differing(contents, project.contents()) == set()
    assert project.daemon.docker("ps", "--quiet") == "", "neither a doctor nor a gateway is left running"
    project.compose("up", "-d")
    assert await_hello(project.port, project.token()) == OLD
    assert project.running_image() == image


@pytest.mark.full
def test_the_rebuild_trap_is_named_before_and_after_and_mended_with_the_clients_token(
    docker_lab: Lab, daemon: Daemon, program: Path
) -> None:
    base = lay_image(docker_lab, daemon, OLD)
    with open_project(docker_lab, daemon, program, up=False) as project:
        trap = Trap(project, base)
        trap.build(1)
        clients = trap.token()
        (project.folder / ".env").write_text(f"OPENCLAW_GATEWAY_TOKEN={clients}\n")
        trap.build(1)
        assert trap.token() == clients, "an unchanged build is not repeated"
        await_hello(project.port, clients)

        rc, found, err = project.clawupgrade(command="diagnose")
        said = {line["check"]: line for line in found["diagnosis"]["lines"]}
        assert rc == 5, (found, err)
        assert said["state"]["colour"] == "red"
        assert said["build"]["colour"] == "red"
        assert "init --compose" in said["state"]["cure"]

        trap.build(2)
        assert trap.token() != clients
        await_hello(project.port, trap.token())
        assert look(project.port, clients).state == "refused"

        rc, found, err = project.clawupgrade(command="diagnose")
        assert found["diagnosis"]["cause"] == "rebuild-made-a-new-one", (rc, found, err)
        assert "init --compose" in found["diagnosis"]["cure"]

        ended = project.clawupgrade("--yes", command="init")
        assert ended[0] == 0, explain(ended)
        await_hello(project.port, clients)
        trap.build(3)
        await_hello(project.port, clients)
        rc, found, err = project.clawupgrade(command="diagnose")
        assert {line["check"]: line["colour"] for line in found["diagnosis"]["lines"]}["state"] == "green"
        assert str(clients) not in json.dumps(found) + err


@pytest.mark.full
def test_state_in_the_containers_layer_is_moved_before_anything_else_and_nothing_is_lost(
    opens: Opens, docker_lab: Lab
) -> None:
    project = opens(up=False)
    lay_image(docker_lab, project.daemon, NEW)
    before, token = project.kept(), project.token()
    text = project.file.read_text()
    project.file.write_text(text[: text.index("    volumes:")])
    project.compose("up", "--no-start")
    project.daemon.docker("cp", f"{project.state}/.", f"{project.container()}:{STATE}")
    project.compose("start")
    await_hello(project.port, token)

    refused = project.clawupgrade("--to", NEW)
    assert refused[0] == 6, explain(refused)
    assert "init --compose" in refused[1]["hint"]
    assert await_hello(project.port, token) == OLD

    moved = project.clawupgrade("--yes", command="init")
    assert moved[0] == 0, explain(moved)
    assert await_hello(project.port, token) == OLD
    project.compose("up", "-d", "--force-recreate")
    assert await_hello(project.port, token) == OLD
    assert project.clawupgrade("--to", NEW, command="plan")[0] == 2, "the way is free"

    project.state = project.folder / "openclaw-state"
    after = project.kept()
    assert after.token_sha256 == before.token_sha256
    assert before.jobs.items() <= after.jobs.items()
    assert before.sessions.items() <= after.sessions.items()
    assert before.transcripts <= after.transcripts


@pytest.mark.full
def test_what_is_missing_is_said_in_one_line_and_nothing_is_touched(opens: Opens, docker_lab: Lab) -> None:
    project = opens()
    lay_image(docker_lab, project.daemon, NEW)
    started = project.daemon.docker("inspect", "--format", "{{.State.StartedAt}}", project.container())

    def refusal(*words: str, **env: str) -> str:
        argv = [*project.program, "run", "--to", NEW, *words]
        done = subprocess.run(argv, env=project.env | env, capture_output=True, text=True, check=False)
        assert done.returncode == 6, (done.stdout, done.stderr)
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        assert len(lines) <= 2, lines  # the message, and what to do about it
        return lines[0]

    file = str(project.file)
    assert "no docker daemon answers" in refusal("--compose", file, DOCKER_HOST="unix:///run/nobody.sock")
    assert "there is no compose file" in refusal("--compose", f"{project.folder}/gone.yaml")
    assert "has no service “front”" in refusal("--compose", file, "--service", "front")
    assert project.daemon.docker("inspect", "--format", "{{.State.StartedAt}}", project.container()) == started


@pytest.mark.full
def test_a_real_daemon_keeps_the_contract_that_the_engine_in_memory_keeps(
    opens: Opens, docker_lab: Lab, tmp_path: Path
) -> None:
    project = opens()
    newer = lay_image(docker_lab, project.daemon, NEW)
    reach = tuple((name, value) for name, value in project.daemon.env.items() if name.startswith("DOCKER_"))
    with SignalFence() as fence:
        host = build_host(tmp_path, own=own_account(), caller=project.daemon.env, fence=fence, say=lambda event: None)
        (found,) = host.containers.gateways(Wanted(str(project.file), "", reach))
        for clause in CONTRACT:
            # As a survey leaves it: the user is the container's.
            clause(host.containers, replace(found, user=f"{UID}:{UID}"), newer)
