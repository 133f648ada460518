"""Switch: the staged package goes live by one exchange; the old one lies where the stage was."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.ports import Host
from clawupgrade.steps import leftovers, packages, serving


class Switch(Struct, frozen=True):
    """Exchanges two trees. `before` is what is live when this hop begins: (version, root)."""

    hop: Hop
    before: tuple[str, str]
    live: bool = True

    @property
    def name(self) -> str:
        """`switch:VERSION`."""
        return f"switch:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Exchange, or place beside where the package changed its name (clawdbot → openclaw)."""
        _, root = self.before
        if root == self.hop.live:
            host.files.exchange(self.hop.live, self.hop.tree)
        else:
            host.files.rename(self.hop.tree, self.hop.live)
            host.files.rename(root, self.hop.tree)
            packages.unlink_bins(host, plan.install.package.bin_dir, self.hop.tree)
        packages.link_bins(host, plan.install.package.bin_dir, self.hop.live)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """The live path holds the target, and the old version is kept."""
        found = packages.version_at(host, self.hop.live)
        kept = packages.version_at(host, self.hop.tree)
        if (found, kept) != (self.hop.version, self.before[0]):
            raise StepFailed(f"after the switch {self.hop.live} holds {found}, and {kept} is kept")
        return {"version": found, "kept": self.hop.tree}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """Where the old version lies tells how far the switch came; no network is needed."""
        serving.make_way(host, plan)
        version, root = self.before
        live = packages.version_at(host, self.hop.live)
        staged = packages.version_at(host, self.hop.tree)
        if root == self.hop.live:
            if live != version:
                if staged != version:
                    raise UndoFailed(f"{version} lies neither in {self.hop.live} nor in {self.hop.tree}")
                packages.put_live(host, self.hop.tree, self.hop.live)
        else:
            if packages.version_at(host, root) != version:
                if staged != version:
                    raise UndoFailed(f"{version} lies neither in {root} nor in {self.hop.tree}")
                host.files.rename(self.hop.tree, root)
            if live == self.hop.version:
                host.files.rename(self.hop.live, self.hop.tree)
            packages.unlink_bins(host, plan.install.package.bin_dir, self.hop.tree)
        if packages.version_at(host, root) != version:
            raise UndoFailed(f"{root} does not hold {version} after going back")
        leftovers.remove(host, root)
        packages.link_bins(host, plan.install.package.bin_dir, root)
        return {"version": version}
