"""Stage: what npm built is what was asked for, runs, and is never the only copy of the old one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.ports import Completed
from steps.taking import NEW, ending, reached, take, take_back


@pytest.mark.parametrize(
    ("err", "transient"),
    [("npm error code ETARGET\nnpm error notarget No matching version", False), ("npm error code ECONNRESET", True)],
)
def test_stage_tells_trouble_of_the_network_from_trouble_with_the_release(err: str, transient: bool) -> None:
    machine, plan = reached("stage")
    with pytest.raises(StepFailed, match=r"npm could not install openclaw@2026.9.6") as failed:
        take("stage", plan, ending(machine.host(), "install", Completed(1, "", err, 1.0)))
    assert failed.value.transient is transient


def test_stage_wants_the_version_that_was_asked_for() -> None:
    machine, plan = reached("stage")
    machine.world.registry = {NEW.spec: replace(NEW, version="2026.9.5")}
    with pytest.raises(StepFailed, match=r"npm installed 2026.9.5 where 2026.9.6 was asked for"):
        take("stage", plan, machine.host())


def test_stage_wants_what_it_built_to_run() -> None:
    machine, plan = reached("stage")
    with pytest.raises(StepFailed, match=r"the staged 2026.9.6 does not run: it needs a newer Node"):
        take("stage", plan, ending(machine.host(), "--version", Completed(1, "", "it needs a newer Node", 1.0)))


def test_stage_never_drops_the_only_copy_of_what_was_installed() -> None:
    machine, plan = reached("quiesce")
    hop, root = plan.hops[0], plan.install.package.root
    machine.world.disk.delete(hop.tree)
    machine.world.disk.move(root, hop.tree)
    with pytest.raises(UndoFailed, match="the old package still lies in"):
        take_back("stage", plan, machine.host())
    assert machine.world.disk.at(hop.tree) is not None
