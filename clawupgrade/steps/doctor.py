"""Doctor: the target's own `doctor --fix` on the live state, while the gateway is stopped."""

from __future__ import annotations

from dataclasses import dataclass

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw import argv, environment, output
from clawupgrade.ports import Command, Event, Host
from clawupgrade.steps import packages, state


@dataclass(frozen=True, slots=True)
class Doctor:
    """Runs doctor, and holds it to what it may not do: break the config, drop the token."""

    hop: Hop
    live: bool = True

    @property
    def name(self) -> str:
        """`doctor:VERSION`."""
        return f"doctor:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Run it once, in its own session, without a question left to ask."""
        done = host.commands.run(
            Command(
                argv.doctor_fix(plan.install.node.path, packages.entry(host, self.hop.live)),
                env=environment.for_openclaw(plan.install),
                account=plan.install.account,
                wall=plan.limits.doctor,
                idle=plan.limits.idle,
            ),
            lambda line: host.say(Event("line", self.name, line)),
        )
        if not done.ok:
            said = output.last_words(done.err) or output.last_words(done.out)
            ended = f"ended by {done.ended_by} limit" if done.ended_by else f"exit {done.rc}"
            raise StepFailed(f"doctor of {self.hop.version} failed ({ended}): {said}")

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """Nothing says that doctor put back an older config, or changed the token."""
        folder = plan.install.config_path.rsplit("/", 1)[0]
        known = {f"{folder}/{name}" for name in host.files.names(folder)}
        new = [path for path in sorted(known) if ".clobbered." in path and not _was_there(host, plan, path)]
        if new:
            raise StepFailed(
                f"doctor of {self.hop.version} replaced the config by an older one",
                f"what it replaced is in {new[0]}",
            )
        self._require_same_secret(host, plan)
        return {"version": self.hop.version}

    def _require_same_secret(self, host: Host, plan: Plan) -> None:
        """A new token would let *us* in, and shut out everybody else (#87517, #70752).

        One place that still has it is enough: doctor may move it out of the unit into the config.
        """
        chosen = plan.install.credential
        if chosen is None or not chosen.digest:
            return
        places = [ref for ref in (chosen, *plan.install.credentials) if ref.digest == chosen.digest]
        if not any(host.secrets.digest(ref) == chosen.digest for ref in places):
            raise StepFailed(
                f"doctor of {self.hop.version} changed the gateway's {chosen.kind}: {chosen.key} is not what it was",
                "every other client still holds the old one, and would get a 1008",
            )

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """State, config and service definition from the snapshot; old code may start only after this."""
        state.put_back(host, plan)
        return {"restored": plan.snapshot}


def _was_there(host: Host, plan: Plan, path: str) -> bool:
    return host.snapshots.read_file(plan.snapshot, path) is not None
