"""A container whose state lies in its own layer: what a rebuild would take is said before, and moved in time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from contained import NEW, OLD, explain
from lab.docker import Daemon
from lab.images import lay_image
from lab.project import STATE, Project, open_project
from lab.root import Lab
from lab.trap import Trap
from lab.watcher import await_hello, look

pytestmark = [pytest.mark.real, pytest.mark.full]

Opens = Callable[..., Project]


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
