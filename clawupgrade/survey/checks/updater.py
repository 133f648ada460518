"""Two updaters at once leave half an installation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clawupgrade.errors import Busy, ClawupgradeError, Refused
from clawupgrade.openclaw import argv, environment
from clawupgrade.openclaw.output import json_document
from clawupgrade.openclaw.versions import parse
from clawupgrade.ports import Command
from clawupgrade.survey.checks.scene import Scene
from clawupgrade.survey.package import find_entry

_KEEPS_HISTORY = "2026.9.0"
_UPDATE = re.compile(
    r"(?:^|/)(?:openclaw|clawdbot)(?:\.mjs|/dist/(?:entry|index)\.m?js)?\s+"
    r"(?:--(?:profile|log-level)(?:=|\s+)\S+\s+|--\S+\s+)*(?:--)?update(?!\S)"
)
_PROGRAM = re.compile(r"^(?:\S*/)?(?:node|nodejs|npm|openclaw|clawdbot)\b")
_TITLE = re.compile(r"^openclaw-update\b")
_NPM = re.compile(r"\bnpm(?:-cli\.js)?\s+(?:i|install|add|update|up)\b.*\s(?:openclaw|clawdbot)(?:@\S+)?(?:\s|$)")


def check_updater(scene: Scene) -> Iterator[ClawupgradeError]:
    """Neither a process of this account nor OpenClaw's own run history says that an update is under way."""
    if pid := _updating_process(scene):
        yield Busy(
            f"another update of OpenClaw is under way, process {pid}",
            "wait for it to end, then run this again; never delete its lock files",
        )
    else:
        yield from _recorded_run(scene)


def _updating_process(scene: Scene) -> str:
    """The pid of an `openclaw update`, or of an npm that installs OpenClaw; "" when there is none.

    Other accounts have installations of their own. A wrapper that only has the words among its
    arguments (nsenter, ssh, an editor) is no updater.
    """
    uid = str(scene.install.account.uid)
    done = scene.host.commands.run(Command(("ps", "-ww", "-U", uid, "-o", "pid=,args="), wall=30.0))
    for line in done.out.splitlines():
        pid, _, words = line.strip().partition(" ")
        if _PROGRAM.match(words) and any(kind.search(words) for kind in (_UPDATE, _TITLE, _NPM)):
            return pid
    return ""


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
