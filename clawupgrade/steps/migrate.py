"""Migrate: the config changes that the target wants and its doctor does not make, in one write."""

from __future__ import annotations

from dataclasses import dataclass

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.migrations import registry
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw.document import Document
from clawupgrade.ports import Host
from clawupgrade.steps import leftovers, serving


@dataclass(frozen=True, slots=True)
class Migrate:
    """Applies the hop's migrations, which the plan names, to `openclaw.json`."""

    hop: Hop
    live: bool = True

    @property
    def name(self) -> str:
        """`migrate:VERSION`."""
        return f"migrate:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Read, upgrade, write once with the mode that the file had."""
        before = host.files.read(plan.install.config_path)
        if before is None or not self.hop.migrations:
            return
        after = self._upgraded(before)
        if after != before:
            host.files.write(plan.install.config_path, after, like=plan.install.config_path)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """A second application would change nothing."""
        content = host.files.read(plan.install.config_path)
        if content is not None and self._upgraded(content) != content:
            raise StepFailed("the config migrations do not settle", "please report this with the plan")
        return {"migrations": list(self.hop.migrations)}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The config's bytes from the snapshot."""
        path = plan.install.config_path
        before = host.snapshots.read_file(plan.snapshot, path)
        now = host.files.read(path)
        if before is None:
            if now is not None and self.hop.migrations:
                raise UndoFailed("the snapshot holds no config, but there is one now")
        elif before != now:
            serving.make_way(host, plan)
            host.files.write(path, before, like=path)
        leftovers.remove(host, path)
        return {}

    def _upgraded(self, content: bytes) -> bytes:
        document = Document.parse(content)
        for migration in registry.named(self.hop.migrations):
            document = migration.upgrade(document) or document
        return document.text.encode()
