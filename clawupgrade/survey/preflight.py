"""Everything that must hold before anything is touched; all that does not is said at once."""

from __future__ import annotations

from clawupgrade.errors import Refused
from clawupgrade.model import Install, Request, Target
from clawupgrade.ports import Host
from clawupgrade.survey.checks import CHECKS, OF_CONTAINERS
from clawupgrade.survey.checks.scene import Scene
from clawupgrade.survey.problems import refuse_for


def preflight(host: Host, request: Request, install: Install, target: Target) -> None:
    """Run every check; nothing is changed on the machine.

    Raises:
        Refused, Busy: with each problem's message and what to do about it.
    """
    scene = Scene(host, request, install, target)
    found = (Refused(message, hint) for message, hint in install.obstacles)
    checks = CHECKS if install.service.composed is None else OF_CONTAINERS
    refuse_for([*found, *(problem for check in checks for problem in check(scene))])
