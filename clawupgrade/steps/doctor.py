"""Doctor: what the target's own `doctor --fix` does to the state, while the gateway is stopped."""

from __future__ import annotations

import posixpath

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw import argv, environment, output
from clawupgrade.ports import Command, Completed, Event, Host
from clawupgrade.steps import adopting, inside, serving, state
from clawupgrade.steps.doctoring import until_settled


class Doctor(Struct, frozen=True):
    """Runs doctor, and holds it to what it may not do: break the config, drop the token."""

    hop: Hop
    live: bool = True

    @property
    def name(self) -> str:
        """`doctor:VERSION`."""
        return f"doctor:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Adopt what it did on the clone, where that is still good; else run it.

        In its own session, without a question left to ask; again where its next run may get further.
        """
        if adopting.adopt(host, plan, self.hop, self.name):
            return
        done = until_settled(host, self.name, lambda: self._run(host, plan))
        if not done.ok:
            said = output.last_words(done.err) or output.last_words(done.out)
            ended = f"ended by {done.ended_by} limit" if done.ended_by else f"exit {done.rc}"
            raise StepFailed(f"doctor of {self.hop.version} failed ({ended}): {said}")

    def _run(self, host: Host, plan: Plan) -> Completed:
        return inside.work(
            host,
            plan,
            self.hop,
            Command(
                argv.doctor_fix(*inside.tool(host, plan.install, self.hop.live)),
                env=environment.for_doctor(plan.install),
                account=plan.install.account,
                wall=plan.limits.doctor,
                idle=plan.limits.idle,
            ),
            lambda line: host.say(Event("line", self.name, line)),
        )

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """Nothing says that doctor put back an older config, or changed the token."""
        folder = posixpath.dirname(plan.landing.config_path)
        aside = (name for name in host.files.names(folder) if ".clobbered." in name)
        new = [f"{folder}/{name}" for name in aside if not _was_there(host, plan, name)]
        if new:
            raise StepFailed(
                f"doctor of {self.hop.version} replaced the config by an older one",
                f"what it replaced is in {new[0]}",
            )
        self._require_same_secret(host, plan)
        return {"version": self.hop.version, **adopting.told(host, plan)}

    def _require_same_secret(self, host: Host, plan: Plan) -> None:
        """A new token would let *us* in, and shut out everybody else (#87517, #70752)."""
        chosen = plan.landing.credential
        if chosen is None or not chosen.digest:
            return
        if all(serving.same_secret(host, found) is None for found in (plan.landing, plan.install)):
            raise StepFailed(
                f"doctor of {self.hop.version} changed the gateway's {chosen.kind}: {chosen.key} is not what it was",
                "every other client still holds the old one, and would get a 1008",
            )

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """State, config and service definition from the snapshot; old code may start only after this."""
        adopting.clear_up(host, plan)
        state.put_back(host, plan)
        return {"restored": plan.snapshot}


def _was_there(host: Host, plan: Plan, name: str) -> bool:
    path = f"{posixpath.dirname(plan.install.config_path)}/{name}"
    return host.snapshots.read_file(plan.snapshot, path) is not None
