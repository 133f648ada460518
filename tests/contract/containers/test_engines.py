"""The container engine in memory and a real daemon: asked the same, they answer alike."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from clawupgrade.composed import Composed, Wanted
from clawupgrade.openclaw import argv
from clawupgrade.ports import Command, Containers
from clawupgrade.testing.containers import MemoryContainers
from clawupgrade.testing.machine import born
from clawupgrade.testing.releases import Release

OLD, NEW = Release("2026.6.11", schema=3), Release("2026.9.6", schema=5)


@dataclass(frozen=True, slots=True)
class Ground:
    """An engine with one serving project of the old release, whose engine can get `next`, an image of the new one."""

    engine: Containers
    found: Composed
    next: str


@pytest.fixture(params=["fake", pytest.param("real", marks=[pytest.mark.real, pytest.mark.full])])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """The same ground, in memory and for real."""
    with ExitStack() as held:
        if request.param == "fake":
            world = born((OLD, NEW), contained=True).world
            engine: Containers = MemoryContainers(world)
            (found,) = engine.gateways(Wanted())
            engine.pull(found, "claw/openclaw:2026.9.6", 60.0, print)
            yield Ground(engine, found, "claw/openclaw:2026.9.6")
            return
        yield _real(held, tmp_path)


def _real(held: ExitStack, folder: Path) -> Ground:
    sys.path.insert(0, str(Path(__file__).parents[2] / "real"))
    from lab.docker import open_daemon
    from lab.images import lay_image
    from lab.project import open_project
    from lab.root import open_lab

    from clawupgrade.cli.place import own_account
    from clawupgrade.host.containers import LocalContainers
    from clawupgrade.host.fence import SignalFence
    from clawupgrade.host.machine import build_host

    lab = open_lab()
    daemon = held.enter_context(open_daemon(lab))
    project = held.enter_context(open_project(lab, daemon, Path(sys.executable)))
    fence = held.enter_context(SignalFence())
    host = build_host(folder, own=own_account(), caller=daemon.env, fence=fence, say=lambda event: None)
    assert isinstance(host.containers, LocalContainers)
    reach = tuple((name, value) for name, value in daemon.env.items() if name.startswith("DOCKER_"))
    (found,) = host.containers.gateways(Wanted(str(project.file), "", reach))
    return Ground(host.containers, found, lay_image(lab, daemon, NEW.version))


def test_the_container_and_its_image_are_seen(ground: Ground) -> None:
    seen = ground.engine.look(ground.found)
    assert seen is not None
    assert seen.running
    assert seen.is_gateway
    assert seen.image_id == ground.found.image_id
    facts = ground.engine.facts(ground.found)
    assert facts is not None
    assert (facts.name, facts.version) == ("openclaw", OLD.version)
    assert ground.found.outside(facts.config) is not None


def test_a_name_leads_to_one_image_until_it_is_taken_away(ground: Ground) -> None:
    engine, found, name = ground.engine, ground.found, f"{ground.found.keep}:contract"
    engine.tag(found, ground.next, name)
    engine.tag(found, ground.next, name)
    there, same = engine.image(found, name), engine.image(found, ground.next)
    assert there is not None
    assert same is not None
    assert there.id == same.id
    facts = engine.facts(found, name)
    assert facts is not None
    assert facts.version == NEW.version
    engine.untag(found, name)
    engine.untag(found, name)
    assert engine.image(found, name) is None
    assert engine.image(found, ground.next) is not None


def test_a_one_shot_container_of_an_image_runs_that_images_openclaw_and_leaves_nothing(ground: Ground) -> None:
    facts = ground.engine.facts(ground.found)
    assert facts is not None
    command = Command(argv.version(facts.node, facts.entry), wall=120.0)
    done = ground.engine.run(ground.found, ground.next, command)
    assert done.ok
    assert NEW.version in done.out
    beside = ground.engine.execute(ground.found, command)
    assert beside.ok
    assert OLD.version in beside.out


def test_nothing_of_ours_runs_once_it_was_ended_however_often(ground: Ground) -> None:
    ground.engine.end(ground.found)
    ground.engine.end(ground.found)
    assert ground.engine.canary_words(ground.found) == () or ground.engine.canary_status(ground.found) is not None
