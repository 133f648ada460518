"""Two updaters at once leave half an installation."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.errors import Busy, ClawupgradeError, Refused
from clawupgrade.openclaw import argv, environment
from clawupgrade.openclaw.output import json_document
from clawupgrade.openclaw.updaters import list_processes, updating_process
from clawupgrade.openclaw.versions import parse
from clawupgrade.ports import Command
from clawupgrade.survey.checks.scene import Scene
from clawupgrade.survey.package import find_entry

_KEEPS_HISTORY = "2026.9.0"


def check_updater(scene: Scene) -> Iterator[ClawupgradeError]:
    """Neither a process of this account nor OpenClaw's own run history says that an update is under way."""
    listed = scene.host.commands.run(Command(list_processes(scene.install.account.uid), wall=30.0))
    if pid := updating_process(listed.out):
        yield Busy(
            f"another update of OpenClaw is under way, process {pid}",
            "wait for it to end, then run this again; never delete its lock files",
        )
    else:
        yield from _recorded_run(scene)


def _recorded_run(scene: Scene) -> Iterator[ClawupgradeError]:
    """A run in OpenClaw's history that has not ended suspends config writes, doctor's too (#141273, #143277).

    Releases before 2026.9 keep no such history, and asking them costs a look at the registry.
    """
    install = scene.install
    if install.package.name == "clawdbot" or parse(install.package.version) < parse(_KEEPS_HISTORY):
        return
    entry = find_entry(scene.host, install.package.root)
    done = scene.host.commands.run(
        Command(
            argv.update_status(install.node.path, entry),
            env=environment.for_openclaw(install),
            account=install.account,
            wall=120.0,
        )
    )
    said = json_document(done.out)
    if not isinstance(said, dict) or not isinstance(run := said.get("activeRun"), dict):
        return  # no run, or history that cannot be read: OpenClaw itself says that this means nothing
    if said.get("abandonedRun") or said.get("staleRun"):
        yield Refused(
            f"update run {run.get('runId', '')} of OpenClaw itself was abandoned and holds up config writes",
            "close it first: openclaw update repair",
        )
    else:
        yield Busy(
            f"update run {run.get('runId', '')} of OpenClaw itself is under way",
            "wait for it to end: openclaw update status",
        )
