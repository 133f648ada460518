"""Keep: before OpenClaw's own updater works in place, the old package is kept as a tree."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.ports import Host
from clawupgrade.steps import packages


class Keep(Struct, frozen=True):
    """An exact copy beside the package, so that going back needs no network."""

    hop: Hop
    live: bool = False

    @property
    def name(self) -> str:
        """`keep:VERSION` of the hop that will replace it."""
        return f"keep:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Copy, durable."""
        host.files.remove(self.hop.stage)
        host.files.make_folder(self.hop.tree.rsplit("/", 1)[0], mode=0o755)
        host.files.copy_tree(plan.install.package.root, self.hop.tree)
        host.files.sync_tree(self.hop.stage)
        packages.write_manifest(host, self.hop, plan.install.package.root)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """The copy is the original, file by file."""
        if host.files.manifest(self.hop.tree) != packages.manifest(host, self.hop):
            raise StepFailed("the package changed while it was copied", "try again", transient=True)
        return {"kept": self.hop.tree}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The copy goes, unless it is the only one left."""
        packages.refuse_to_drop_old(host, plan, self.hop)
        host.files.remove(self.hop.stage)
        return {}
