"""Migrate: the config changes that the target wants and its doctor does not make, in one write."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed, UndoFailed
from clawupgrade.migrations import registry
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw.diff import Mask, compare
from clawupgrade.openclaw.document import Document
from clawupgrade.openclaw.variables import with_new_names
from clawupgrade.ports import Host
from clawupgrade.steps import leftovers, serving


class Migrate(Struct, frozen=True):
    """Applies the hop's migrations, which the plan names, to `openclaw.json`, and new names to old variables."""

    hop: Hop
    live: bool = True

    @property
    def name(self) -> str:
        """`migrate:VERSION`."""
        return f"migrate:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Read, upgrade, write once with the mode that the file had."""
        before = host.files.read(plan.install.config_path)
        if before is not None and self.hop.migrations:
            after = self._upgraded(before)
            if after != before:
                host.files.write(plan.install.config_path, after, like=plan.install.config_path)
        for path in self.hop.variables:
            self._rename_variables(host, path)
        if any(path in plan.install.service.files for path in self.hop.variables):
            host.services.reload(plan.install.service)

    def _rename_variables(self, host: Host, path: str) -> None:
        content = host.files.read(path) or b""
        renewed = renamed(path, content)
        if renewed != content:
            host.files.write(path, renewed, like=path)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """A second application would change nothing."""
        content = host.files.read(plan.install.config_path)
        if content is not None and self._upgraded(content) != content:
            raise StepFailed("the config migrations do not settle", "please report this with the plan")
        for path in self.hop.variables:
            if (content := host.files.read(path)) is not None and renamed(path, content) != content:
                raise StepFailed(f"{path} still sets variables under their old names only")
        return {
            "migrations": list(self.hop.migrations),
            "variables": list(self.hop.variables),
            "changes": self._changes(host, plan, content),
        }

    def _changes(self, host: Host, plan: Plan, content: bytes | None) -> list[dict[str, str]]:
        """What they made of the config, in words and masked; a later hop's config is what the hop before left."""
        if content is None or not self.hop.migrations or self.hop != plan.hops[0]:
            return []
        before = Document.parse(host.snapshots.read_file(plan.snapshot, plan.install.config_path) or b"{}")
        stages = registry.stages(before, registry.named(self.hop.migrations))
        now = Document.parse(content)
        return compare(before.value, now.value, mask=Mask(host.secrets.key()), stages=stages).to_json()

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The bytes of the config, and of whatever else was written, from the snapshot."""
        for path in self.hop.variables:
            self._put_back(host, plan, path)
        if any(path in plan.install.service.files for path in self.hop.variables):
            host.services.reload(plan.install.service)
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

    def _put_back(self, host: Host, plan: Plan, path: str) -> None:
        before = host.snapshots.read_file(plan.snapshot, path)
        if before is not None and before != host.files.read(path):
            serving.make_way(host, plan)
            host.files.write(path, before, like=path)
        leftovers.remove(host, path)

    def _upgraded(self, content: bytes) -> bytes:
        document = Document.parse(content)
        for migration in registry.named(self.hop.migrations):
            document = migration.upgrade(document) or document
        return document.text.encode()


def renamed(path: str, content: bytes) -> bytes:
    """A unit, a drop-in or a dotenv file with the new name beside each old one; other text than UTF-8 stays."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content
    return with_new_names(text, is_unit=path.endswith((".service", ".conf"))).encode()
