"""What must hold before an upgrade by image: room where the engine keeps images, and a service that is one only."""

from __future__ import annotations

from collections.abc import Iterator

from clawupgrade.composed import Composed
from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.survey.checks.scene import Scene

_LEAST = 200_000_000
"""For the layers of the containers that are made on the way, where no image has to be fetched."""


def check_image_room(scene: Scene) -> Iterator[ClawupgradeError]:
    """The image, where it is not here yet, and what is copied of the state; each where it will lie."""
    found = scene.install.service.composed
    if found is None:
        return
    root = scene.host.containers.data_root(found)
    here = scene.host.images.find(found, scene.target.spec) is not None
    needed = _LEAST + (0 if here else _size(scene, found))
    if root and scene.host.files.exists(root) and (free := scene.host.files.free_bytes(root)) < needed:
        yield Refused(
            f"not enough space for images in {root}: {_mb(needed)} are needed and {_mb(free)} are free",
            f"free {_mb(needed - free)} there: {found.engine[0]} image prune; {found.engine[0]} builder prune",
        )
    home = dict(scene.request.environ).get("XDG_STATE_HOME") or scene.install.account.home
    copies = 2 * scene.install.state_bytes
    if (free := scene.host.files.free_bytes(home)) < copies:
        yield Refused(
            f"not enough space in {home} for a snapshot and a copy of the state: {_mb(copies)} are needed and "
            f"{_mb(free)} are free",
            f"free {_mb(copies - free)} there",
        )


def _size(scene: Scene, found: Composed) -> int:
    """As large as the one that runs: no registry says how large an image is once it is unpacked."""
    image = scene.host.images.find(found, found.image_id)
    return image.size if image is not None else 0


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
