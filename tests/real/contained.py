"""A container through a run, as its tests see it: how far the run is, and how the project was before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from lab.project import Project
from lab.watcher import await_hello

OLD, NEW = "2026.6.11", "2026.9.6"


def explain(ended: tuple[int, dict[str, Any], str]) -> str:
    """For assertion messages."""
    rc, document, err = ended
    steps = [f"{each['name']} {each['state']} {each['error']}" for each in document.get("steps", [])]
    return f"exit {rc}: {document.get('message')} {document.get('hint')}\n{steps}\n{err[-3000:]}"


def steps_begun(project: Project) -> list[str]:
    """The names of the steps that the last run has begun, without their version."""
    journals = sorted(project.ours.glob("*/runs/*/journal"))
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
    journals = sorted(project.ours.glob("*/runs/*/journal"))
    return bool(journals) and '"kind":"run.closed"' in journals[-1].read_text(errors="replace")


@dataclass(frozen=True, slots=True)
class Before:
    """A project at rest. passing: what a mere stop and start of the old gateway changes on its volume.

    Of a database its log belongs to it: whether one is left beside it when a gateway stops is chance.
    """

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
    passing = {path.removesuffix("-wal").removesuffix("-shm") for path in differing(first, second)}
    whole = frozenset(path + suffix for path in passing for suffix in ("", "-wal", "-shm"))
    return Before(second, whole, project.running_image())


def differing(one: dict[str, str], other: dict[str, str]) -> set[str]:
    """The paths that differ, in owner, mode or content."""
    return {path for path in one.keys() | other.keys() if one.get(path) != other.get(path)}


def require_as_before(project: Project, before: Before) -> None:
    """Old digest and old volume: nothing differs but what the old gateway writes by itself; and it serves."""
    assert await_hello(project.port, project.token()) == OLD
    assert project.running_image() == before.image
    assert differing(before.contents, at_rest(project)) <= before.passing


def kill_at(project: Project, step: str, *, wait: float = 0.0) -> None:
    """Begin a run, and kill it and its dead-man so long after it has begun a step."""
    run = project.spawn("--to", NEW)
    await_step(project, step, run)
    time.sleep(wait)
    project.kill_dead_men()
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()


def power_off(project: Project, run: subprocess.Popen[str]) -> None:
    """The run, its dead-man and everything of the daemon's are gone at once."""
    os.kill(run.pid, signal.SIGKILL)
    project.kill_dead_men()
    project.daemon.lose_power()
    run.communicate()
