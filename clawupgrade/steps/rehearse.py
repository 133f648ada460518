"""Rehearse: on a clone, while the old gateway serves, all that will be done to the installation is done before."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from clawupgrade.cloned import Clone, Obstacle
from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.migrations import registry
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw import argv, environment, output
from clawupgrade.openclaw.document import Document
from clawupgrade.ports import Command, Completed, Event, Host
from clawupgrade.steps import adopting, canaries, clones, definitions, first_start, packages, rehearsed_losses
from clawupgrade.steps.doctoring import until_settled
from clawupgrade.steps.migrate import renamed


class Rehearse(Struct, frozen=True):
    """A failure in here costs nothing: the gateway was never touched. What comes out well is kept, to be adopted."""

    hop: Hop
    live: bool = False

    @property
    def name(self) -> str:
        """`rehearse:VERSION`."""
        return f"rehearse:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Migrations, doctor, canary: in the order in which it will be done for real."""
        clone = clones.clone_of(plan, self.hop)
        if self.hop.prepared and self._is_fresh(host, plan, clone):
            return
        host.clones.make(clone)
        held = rehearsed_losses.stock_of(host, plan, clone)
        migrated = self._migrate(host, plan, clone)
        seconds = self._doctor(host, plan, clone)
        frozen = host.clones.freeze(clone, clones.DOCTOR)
        unit = definitions.rehearse(host, plan, self.hop, clone, self.name)
        started = first_start.migrate(host, plan, self.hop, clone, self.name)
        served = canaries.require_served(host, plan, self.hop, clone, self.name)
        lost = rehearsed_losses.require_none(host, plan, self.hop, clone, held, served="skipped" not in served)
        found: dict[str, Any] = {
            "way": clone.way,
            "doctor_seconds": round(seconds, 1),
            "doctor_changes": len(frozen.changed) + len(frozen.gone),
            "would_be_put_back": list(lost),
            "canary": served,
            "service": unit,
            "startup": started,
        }
        clones.keep_findings(host, plan, found | {"migrated": migrated, "covers": list(clone.covers)})
        # The stage is what was rehearsed with, also where doctor or the canary wrote into the package.
        host.files.sync_tree(self.hop.stage)
        packages.write_manifest(host, self.hop, self.hop.tree)

    def _is_fresh(self, host: Host, plan: Plan, clone: Clone) -> bool:
        """Whether what was rehearsed ahead of time is still about this installation; it is taken over then."""
        found = clones.findings(host, plan, self.hop.prepared)
        if not found or found["covers"] != list(clone.covers):
            return False
        try:
            ways = adopting.in_the_way(host, plan, clone)
        except FileNotFoundError:
            ways = [Obstacle("the clone, which is gone")]
        if ways:
            words = f"all is rehearsed anew, since run {self.hop.prepared} staged it this has changed"
            host.say(Event("note", self.name, f"{words}: {adopting.told_shortly(ways)}"))
            clones.forget(host, plan)  # its findings first of all: no later run may meet them beside another clone
            return False
        clones.keep_findings(host, plan, found | {"prepared": self.hop.prepared})
        return True

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """What was found out, without the digests that only the next steps need."""
        found = clones.findings(host, plan)
        if not found:
            raise StepFailed("what was rehearsed is gone: rehearsed.json is not there")
        return {name: value for name, value in found.items() if name not in ("migrated", "covers")}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The canary ends, and the clone goes, unless it was there before."""
        clones.give_back(host, plan)
        return {}

    def _migrate(self, host: Host, plan: Plan, clone: Clone) -> dict[str, str]:
        """Our own migrations; the digest of every file that they may change, as it is after them."""
        view = host.clones.view(clone, host)
        path = plan.install.config_path
        content = view.files.read(path)
        if content is not None and self.hop.migrations:
            document = registry.apply(Document.parse(content, source=path), registry.named(self.hop.migrations))
            if document.encoded != content:
                host.clones.write(clone, host.files.real(path), document.encoded)
        for each in self.hop.variables:
            before = view.files.read(each)
            if before is not None and renamed(each, before) != before:
                host.clones.write(clone, host.files.real(each), renamed(each, before))
        return {each: clones.digest_of(view.files.read(each)) for each in (path, *self.hop.variables)}

    def _doctor(self, host: Host, plan: Plan, clone: Clone) -> float:
        done = until_settled(host, self.name, lambda: self._run(host, plan, clone, self._doctor_command(host, plan)))
        if done.ok:
            return done.seconds
        words = output.last_words(done.err) or output.last_words(done.out)
        ended = f"ended by {done.ended_by} limit" if done.ended_by else f"exit {done.rc}"
        raise StepFailed(
            f"doctor of {self.hop.version} failed on a clone of this installation ({ended}): {words}",
            "nothing was touched; mend what it names while the old gateway serves on, then run again; "
            "if the clone itself is at fault: clawupgrade run --no-rehearse",
        )

    def _doctor_command(self, host: Host, plan: Plan) -> Command:
        return Command(
            argv.doctor_fix(plan.install.node.path, self._entry(host)),
            env=environment.in_clone(environment.for_doctor(plan.install)),
            wall=plan.limits.doctor,
            idle=plan.limits.idle,
        )

    def _run(self, host: Host, plan: Plan, clone: Clone, command: Command) -> Completed:
        return host.clones.run(clone, command, lambda line: host.say(Event("line", self.name, line)))

    def _entry(self, host: Host) -> str:
        """The entry file at the path where it will be, where the clone shows the staged tree."""
        return self.hop.live + packages.entry(host, self.hop.tree)[len(self.hop.tree) :]
