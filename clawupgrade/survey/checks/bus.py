"""The service manager has to be in reach before the gateway is stopped (#11805, #58129, #153177)."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.model import Owner
from clawupgrade.ports import Command
from clawupgrade.survey import systemctl
from clawupgrade.survey.checks.scene import Scene


def check_bus(scene: Scene) -> Iterator[ClawupgradeError]:
    """The manager that owns the service answers, and takes orders from us."""
    service, account = scene.install.service, scene.install.account
    match service.owner:
        case Owner.SYSTEMD_USER:
            manager = systemctl.ask(scene.host, account, "user", (service.name,))
            if not manager.reachable:
                yield Refused(
                    f"the user manager of {account.name} cannot be reached: {manager.words}",
                    f"once, as root: loginctl enable-linger {account.name}; then, in this shell: "
                    f"export XDG_RUNTIME_DIR=/run/user/{account.uid}",
                )
        case Owner.SYSTEMD_SYSTEM:
            done = scene.host.commands.run(Command(("id", "-u"), wall=20.0))
            if done.out.strip() != "0":
                yield Refused(
                    f"{service.name} is a system service: only root can stop and start it",
                    "run clawupgrade as root, or make the gateway a user service: openclaw gateway install",
                )
        case Owner.PROCESS | Owner.COMPOSE | Owner.NONE:
            return
