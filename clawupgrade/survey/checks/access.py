"""We must be able to exchange the package and to write the state, as ourselves (#78775, #154924)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.model import Owner
from clawupgrade.survey.checks.scene import Scene

_UNITS = "/etc/systemd/system"


def check_access(scene: Scene) -> Iterator[ClawupgradeError]:
    """A file can really be made and renamed where packages, commands, config and state lie."""
    install = scene.install
    package = install.package
    folders = {
        posixpath.dirname(package.root): "the package",
        posixpath.dirname(posixpath.dirname(package.root)): "the package built beside it",
        package.bin_dir: "its command",
        install.state_dir: "the state",
        posixpath.dirname(install.config_path): "the config",
    }
    if install.service.owner is Owner.SYSTEMD_SYSTEM and not scene.host.files.writable(_UNITS):
        yield Refused(
            f"{install.service.name} is a service of the system, which only root may stop and start",
            "run clawupgrade with sudo",
        )
    account = install.account
    for folder, what in folders.items():
        if scene.host.files.exists(folder) and not scene.host.files.writable(folder, account):
            yield Refused(
                f"{account.name} may not write to {folder}, where {what} lies",
                f"give it to {account.name}, or move npm's prefix into the home folder: "
                "npm config set prefix ~/.npm-global; do not run openclaw or npm with sudo",
            )
