"""Two updaters at once leave half an installation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clawupgrade.errors import Busy, ClawupgradeError
from clawupgrade.ports import Command
from clawupgrade.survey.checks.scene import Scene

_UPDATE = re.compile(
    r"(?:^|/)(?:openclaw|clawdbot)(?:\.mjs|/dist/(?:entry|index)\.m?js)?\s+"
    r"(?:--(?:profile|log-level)(?:=|\s+)\S+\s+|--\S+\s+)*(?:--)?update(?!\S)"
)
_PROGRAM = re.compile(r"^(?:\S*/)?(?:node|nodejs|npm|openclaw|clawdbot)\b")
_TITLE = re.compile(r"^openclaw-update\b")
_NPM = re.compile(
    r"\bnpm(?:-cli\.js)?\s+(?:i|install|add|update|up)\b.*\s(?:openclaw|clawdbot)(?:@\S+)?(?:\s|$)"
)


def check_updater(scene: Scene) -> Iterator[ClawupgradeError]:
    """No `openclaw update` and no npm that installs OpenClaw runs as this account.

    Other accounts have installations of their own. A wrapper that only has the words among its
    arguments (nsenter, ssh, an editor) is no updater.
    """
    uid = str(scene.install.account.uid)
    done = scene.host.commands.run(Command(("ps", "-ww", "-U", uid, "-o", "pid=,args="), wall=30.0))
    for line in done.out.splitlines():
        pid, _, words = line.strip().partition(" ")
        if not _PROGRAM.match(words):
            continue
        if _UPDATE.search(words) or _TITLE.search(words) or _NPM.search(words):
            yield Busy(
                f"another update of OpenClaw is under way, process {pid}",
                "wait for it to end, then run this again; never delete its lock files",
            )
            return
