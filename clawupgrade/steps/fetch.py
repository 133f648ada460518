"""Fetch: the target's image is pulled or built while the old gateway serves, and kept under a name of the run's own."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.ports import Event, Host
from clawupgrade.steps import inside


class Fetch(Struct, frozen=True):
    """Nothing that others do to tags moves what a run has fetched: its own name leads to one image.

    The image that runs now gets such a name too: `docker image prune` must not take the way back.
    """

    hop: Hop
    live: bool = False

    @property
    def name(self) -> str:
        """`fetch:VERSION`."""
        return f"fetch:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Keep the old image, pull the new one unless it is here, and put the name that it is known by back."""
        found = inside.composed(plan)
        host.images.tag(found, found.image_id, kept(plan))
        if host.images.find(found, self.hop.spec) is None:
            say = lambda line: host.say(Event("line", self.name, line))  # noqa: E731
            host.images.pull(found, self.hop.spec, plan.limits.install, say)
        host.images.tag(found, self.hop.spec, self.hop.stage)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """The image tells its own version; its digest is noted."""
        found = inside.composed(plan)
        image = host.images.find(found, self.hop.stage)
        facts = host.containers.facts(found, self.hop.stage)
        if image is None or facts is None:
            raise StepFailed(f"{self.hop.spec} holds no OpenClaw that Node could run")
        if facts.version != self.hop.version:
            raise StepFailed(f"{self.hop.spec} holds {facts.version}, not {self.hop.version}")
        if (facts.entry, facts.state) != (found.entry, found.state):
            raise StepFailed(
                f"{self.hop.spec} is laid out otherwise: {facts.entry} and {facts.state}, not {found.entry} and "
                f"{found.state}",
                "an image of the same make is needed: its state would lie elsewhere",
            )
        pinned = image.pinned(self.hop.spec)
        return {"image": self.hop.spec, "id": image.id, "digest": pinned, "old": found.image_id}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The names go, and with them an image that nothing else names."""
        found = inside.composed(plan)
        host.containers.end(found)
        host.images.untag(found, self.hop.stage)
        host.images.untag(found, kept(plan))
        return {}


def kept(plan: Plan) -> str:
    """The name under which a run keeps the image that it replaced; `planning.kept_image` names the same."""
    return f"{inside.composed(plan).keep}:{plan.run_id}-old"
