"""An older target is a downgrade, and needs to be meant."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.model import Engine
from clawupgrade.openclaw.versions import is_newer
from clawupgrade.survey.checks.scene import Scene


def check_direction(scene: Scene) -> Iterator[ClawupgradeError]:
    """Older only with --allow-downgrade; clawdbot's own updater cannot become openclaw."""
    installed, target = scene.install.package, scene.target
    if is_newer(installed.version, target.version) and not scene.request.allow_downgrade:
        yield Refused(
            f"{target.version} is older than the installed {installed.version}",
            "to take an upgrade back, with its state: clawupgrade rollback; "
            "to go to the older release all the same: --allow-downgrade",
        )
    if scene.request.engine is Engine.INPLACE and installed.name != target.name:
        yield Refused(
            f"{installed.name} {installed.version} updates itself only within {installed.name}",
            "leave --engine out: the openclaw package is then built beside it",
        )
