"""Stage: the target package is built beside the live one while the old gateway serves."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw import argv, environment, output
from clawupgrade.ports import Command, Event, Host
from clawupgrade.steps import clones, packages
from clawupgrade.steps.unpacking import unpack


class Stage(Struct, frozen=True):
    """Installs one exact version into a private npm prefix on the package's own file system.

    npm runs with the Node that the service will use: early drivers take the system's npm, and
    with it the system's too old Node (2026.2.12).
    """

    hop: Hop
    live: bool = False

    @property
    def name(self) -> str:
        """`stage:VERSION`."""
        return f"stage:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Install, and make what was written durable before anything relies on it."""
        if self.hop.prepared and self._is_as_built(host, plan):
            return
        host.files.remove(self.hop.stage)
        host.files.make_folder(self.hop.stage, mode=0o755)
        if self.hop.contents:
            unpack(host, plan, self.hop)
        else:
            self._install(host, plan)
        host.files.sync_tree(self.hop.stage)
        packages.write_manifest(host, self.hop, self.hop.tree)

    def _install(self, host: Host, plan: Plan) -> None:
        install = plan.install
        done = host.commands.run(
            Command(
                argv.npm_install(install.node.npm, self.hop.stage, self.hop.spec, npm_version=install.node.npm_version),
                env=environment.for_npm(install),
                account=install.account,
                grows=self.hop.stage,
                wall=plan.limits.install,  # and no limit on silence: a quiet npm says nothing until it is done
            ),
            lambda line: host.say(Event("line", self.name, line)),
            lambda size: host.say(Event("progress", self.name, done=size, total=self.hop.size)),
        )
        if not done.ok:
            said = output.last_words(done.err or done.out)
            ended = f"not within {plan.limits.install:.0f} s" if done.ended_by == "wall" else done.ended_by
            raise StepFailed(
                f"npm could not install {self.hop.spec}: {ended or said}",
                "nothing was touched; with --verbose npm is heard line by line",
                transient=output.is_network_trouble(done.err + done.out),
            )

    def _is_as_built(self, host: Host, plan: Plan) -> bool:
        """Whether what an earlier run has staged is what it was; else it goes, and its rehearsal with it."""
        if self._is_whole(host):
            return True
        words = f"it is built anew: since run {self.hop.prepared} staged it somebody has changed it"
        host.say(Event("note", self.name, words))
        clones.forget(host, plan)
        return False

    def _is_whole(self, host: Host) -> bool:
        if not host.files.exists(self.hop.tree):
            return False
        try:
            return dict(host.files.manifest(self.hop.tree)) == dict(packages.manifest(host, self.hop))
        except StepFailed:
            return False

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """The stage answers with its version, run by the Node that will serve it."""
        found = packages.version_at(host, self.hop.tree)
        if found != self.hop.version:
            raise StepFailed(f"npm installed {found or 'nothing'} where {self.hop.version} was asked for")
        done = host.commands.run(
            Command(
                argv.version(plan.install.node.path, packages.entry(host, self.hop.tree)),
                env=environment.for_openclaw(plan.install),
                account=plan.install.account,
                wall=120.0,
            )
        )
        if not done.ok or self.hop.version not in done.out:
            said = output.last_words(done.err or done.out)
            raise StepFailed(f"the staged {self.hop.version} does not run: {said}")
        return {"version": self.hop.version, "files": len(packages.manifest(host, self.hop))}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The stage goes, unless it was there before; by now it holds the target again, or never held anything."""
        packages.refuse_to_drop_old(host, plan, self.hop)
        if self.hop.prepared:
            if self._is_whole(host):
                return {"kept": self.hop.stage}
            clones.forget(host, plan)
        host.files.remove(self.hop.stage)
        return {}
