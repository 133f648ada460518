"""Repin: the Compose project names the target's image by digest; the container is made anew from it at the start."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.containers import pinning
from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.ports import Host
from clawupgrade.steps import inside, leftovers, serving
from clawupgrade.steps.fetch import kept


class Repin(Struct, frozen=True):
    """One file is written; where the project builds its image, the local name is moved instead."""

    hop: Hop
    live: bool = True

    @property
    def name(self) -> str:
        """`switch:VERSION`."""
        return f"switch:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Write the pin, or move the name."""
        found = inside.composed(plan)
        image = host.images.find(found, self.hop.stage)
        if image is None:
            raise StepFailed(f"the image of {self.hop.version} is gone ({self.hop.stage})")
        host.images.tag(found, found.image_id, kept(plan))
        if not found.pin:
            host.images.tag(found, image.id, found.image)
            return
        before = host.files.read(found.pin)
        text = pin_text(plan, self.hop, before, image.pinned(self.hop.spec))
        host.files.write(found.pin, text, like=found.pin if before is not None else found.files[0], mode=0o644)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """What is named now is the image that was fetched."""
        found = inside.composed(plan)
        image = host.images.find(found, self.hop.stage)
        if image is None:
            raise StepFailed(f"the image of {self.hop.version} is gone ({self.hop.stage})")
        if not found.pin:
            named = host.images.find(found, found.image)
            if named is None or named.id != image.id:
                raise StepFailed(f"{found.image} does not lead to the image of {self.hop.version}")
            return {"image": found.image, "id": image.id}
        pinned = image.pinned(self.hop.spec)
        if pinned.encode() not in (host.files.read(found.pin) or b""):
            raise StepFailed(f"{found.pin} does not name {pinned}")
        return {"image": pinned, "id": image.id, "file": found.pin}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The file as it was, or none; the name that the project uses leads to the old image again."""
        found = inside.composed(plan)
        serving.make_way(host, plan)
        if found.pin:
            before = host.snapshots.read_file(plan.snapshot, found.pin)
            if before is None:
                host.files.remove(found.pin)
            elif before != host.files.read(found.pin):
                host.files.write(found.pin, before, like=found.pin, mode=0o644)
            leftovers.remove(host, found.pin)
        take_name_back(host, plan)
        return {"image": found.image_id}


def take_name_back(host: Host, plan: Plan) -> None:
    """The name in the compose file may be a tag that has moved: it has to lead to what ran before.

    Raises:
        UndoFailed: the old image is gone.
    """
    found = inside.composed(plan)
    old = host.images.find(found, found.image_id) or host.images.find(found, kept(plan))
    if old is None or old.id != found.image_id:
        raise UndoFailed(
            f"the image that ran before is gone: {found.image_id}",
            f"get it back (docker pull or docker load), name it {kept(plan)}, then: clawupgrade recover --retry",
        )
    named = host.images.find(found, found.image)
    if (named is None or named.id != old.id) and "@" not in found.image and not found.image.startswith("sha256:"):
        host.images.tag(found, old.id, found.image)


def pin_text(plan: Plan, hop: Hop, before: bytes | None, image: str) -> bytes:
    """The pinning file with this image: the user's own with one value changed, or ours."""
    found = inside.composed(plan)
    if found.edits and before is not None:
        return pinning.with_image(before, found.service, image)
    return pinning.override_text(found.service, image, hop.version, pinning.carried(before, found.service))
