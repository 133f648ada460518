"""A gateway in a Compose project, on a real Docker daemon: upgraded by image, proven from outside, or all old again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from contained import NEW, OLD, explain, require_as_before, take_before
from lab.images import lay_image, spoil
from lab.layers import UID
from lab.project import Project
from lab.root import Lab
from lab.watcher import Watcher, await_hello
from msgspec.structs import replace

from clawupgrade.cli.place import own_account
from clawupgrade.composed import Composed, Wanted
from clawupgrade.host.fence import SignalFence
from clawupgrade.host.machine import build_host
from clawupgrade.model import Owner, Service
from clawupgrade.ports import Host
from clawupgrade.testing.containers_contract import AT_BOOT, CONTRACT

pytestmark = pytest.mark.real

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
    assert project.policy() == "unless-stopped", "it is held no longer than the run"
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


@pytest.mark.full
def test_a_rollback_long_after_and_its_undo(opens: Opens, docker_lab: Lab) -> None:
    project = opens(restart="always")
    target = lay_image(docker_lab, project.daemon, NEW)
    before, old = project.kept(), project.running_image()
    ended = project.clawupgrade("--to", NEW)
    assert ended[0] == 0, explain(ended)

    back = project.clawupgrade("--yes", command="rollback")

    assert back[0] == 0, explain(back)
    assert await_hello(project.port, project.token()) == OLD
    assert (project.running_image(), project.policy()) == (old, "always")
    assert project.kept() == before

    again = project.clawupgrade("--undo", "--yes", command="rollback")

    assert again[0] == 0, explain(again)
    assert await_hello(project.port, project.token()) == NEW
    assert (project.running_image(), project.policy()) == (project.daemon.image_id(target), "always")
    after = project.kept()
    assert after.token_sha256 == before.token_sha256
    assert before.jobs.items() <= after.jobs.items()
    assert before.transcripts <= after.transcripts


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
def test_a_real_daemon_keeps_the_contract_that_the_engine_in_memory_keeps(
    opens: Opens, docker_lab: Lab, tmp_path: Path
) -> None:
    project = opens()
    newer = lay_image(docker_lab, project.daemon, NEW)
    with reached(project, tmp_path) as (host, found):
        for clause in CONTRACT:
            clause(host, found, newer)


@pytest.mark.full
@pytest.mark.parametrize("policy", ["always", "unless-stopped"])
def test_a_real_daemon_boots_as_the_engine_in_memory_does(
    opens: Opens, docker_lab: Lab, tmp_path: Path, policy: str
) -> None:
    project = opens(restart=policy)
    newer = lay_image(docker_lab, project.daemon, NEW)

    def power_cycle() -> None:
        project.daemon.lose_power()
        project.daemon.boot()

    with reached(project, tmp_path) as (host, found):
        service = Service(owner=Owner.COMPOSE, name=found.service, composed=replace(found, pin=str(project.override)))
        for clause in AT_BOOT:
            clause(host, service, newer, power_cycle)


@contextmanager
def reached(project: Project, folder: Path) -> Iterator[tuple[Host, Composed]]:
    """Our own ports on this machine, and the project as a survey leaves it: the user is the container's."""
    reach = tuple((name, value) for name, value in project.daemon.env.items() if name.startswith("DOCKER_"))
    with SignalFence() as fence:
        host = build_host(folder, own=own_account(), caller=project.daemon.env, fence=fence, say=lambda event: None)
        (found,) = host.containers.gateways(Wanted(str(project.file), "", reach))
        yield host, replace(found, user=f"{UID}:{UID}")
