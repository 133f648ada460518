"""Update: OpenClaw's own `openclaw update` in place, trusted neither in its exit code nor its silence."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw import argv, environment, output
from clawupgrade.openclaw.capabilities import read_help
from clawupgrade.ports import Command, Event, Host
from clawupgrade.steps import leftovers, packages, serving, state


class Update(Struct, frozen=True):
    """Runs the installed release's updater with the gateway stopped. `before`: (version, root)."""

    hop: Hop
    before: tuple[str, str]
    live: bool = True

    @property
    def name(self) -> str:
        """`update:VERSION`."""
        return f"update:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Run it; what counts is what lies on the disk afterwards (2026.4.29 exits 1 and has done it)."""
        _, root = self.before
        entry = packages.entry(host, root)
        done = host.commands.run(
            Command(
                argv.update_inplace(
                    plan.install.node.path,
                    entry,
                    self.hop.version,
                    restart=not self._knows_no_restart(host, plan, entry),
                ),
                env=environment.for_openclaw(plan.install),
                account=plan.install.account,
                wall=plan.limits.install + plan.limits.doctor,
                idle=plan.limits.idle,
            ),
            lambda line: host.say(Event("line", self.name, line)),
        )
        serving.make_way(host, plan)
        if packages.version_at(host, self.hop.live) != self.hop.version:
            said = output.last_words(done.err) or output.last_words(done.out)
            raise StepFailed(
                f"openclaw update did not install {self.hop.version} (exit {done.rc}): {said}",
                transient=output.is_network_trouble(done.err + done.out),
            )

    def _knows_no_restart(self, host: Host, plan: Plan, entry: str) -> bool:
        asked = host.commands.run(
            Command(
                argv.help_of(plan.install.node.path, entry, "update"),
                env=environment.for_openclaw(plan.install),
                account=plan.install.account,
                wall=120.0,
            )
        )
        return read_help(asked.out).knows("--no-restart")

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """The live path holds the target, whole enough to name its version."""
        found = packages.version_at(host, self.hop.live)
        if found != self.hop.version:
            raise StepFailed(f"after openclaw update {self.hop.live} holds {found}")
        return {"version": found}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The kept tree back in its place, file by file what it was, and the state that its doctor changed.

        A torn tree may still name the old version: npm writes package.json somewhere in between.
        """
        state.put_back(host, plan)
        old = plan.install.package
        if not self._is_whole(host, old.root):
            if not self._is_whole(host, self.hop.tree):
                raise UndoFailed(f"{old.version} lies whole neither in {old.root} nor in {self.hop.tree}")
            packages.put_live(host, self.hop.tree, old.root)
        leftovers.remove(host, old.root)
        packages.link_bins(host, old.bin_dir, old.root)
        return {"version": old.version}

    def _is_whole(self, host: Host, root: str) -> bool:
        return host.files.exists(root) and host.files.manifest(root) == packages.manifest(host, self.hop)
