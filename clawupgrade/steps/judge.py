"""Judge: the staged release's own validation sees the migrated config before the gateway stops."""

from __future__ import annotations

from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.engine.step import Evidence
from clawupgrade.errors import StepFailed
from clawupgrade.migrations import registry
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw import argv
from clawupgrade.openclaw.document import Document, Json, resolve_includes
from clawupgrade.openclaw.validation import Issue, explain
from clawupgrade.ports import Command, Event, Host
from clawupgrade.steps import judging, packages
from clawupgrade.steps.stage import Stage
from clawupgrade.steps.stock import content_of

_DOCTOR = 300.0
_IDLE = 120.0
_TOLD = 5


class Judge(Struct, frozen=True):
    """A release that rejects the config exits 78, and its supervisor starts it again and again (#35957, #133997).

    borrows: nothing is staged, since OpenClaw's own updater will install it: a copy is fetched to be asked, and goes.
    """

    hop: Hop
    borrows: bool = False
    live: bool = False

    @property
    def name(self) -> str:
        """`judge:VERSION`."""
        return f"judge:{self.hop.version}"

    def do(self, host: Host, plan: Plan) -> None:
        """Fetch the release where there is none to ask; else nothing, the proof is the step."""
        if self.borrows:
            Stage(self._asked_one).do(host, plan)

    def prove(self, host: Host, plan: Plan) -> Evidence:
        """The release takes the config, or its own doctor makes it so.

        Raises:
            StepFailed: a value that neither takes, with its line and column.
        """
        path = plan.install.config_path
        content = host.files.read(path)
        if content is None:
            self._clear(host, plan)
            return {"skipped": "there is no config"}
        original = Document.parse(content, source=path)
        migrated = registry.apply(original, registry.named(self.hop.migrations))
        whole = resolve_includes(migrated, lambda each: content_of(host, str(each)), path=PurePosixPath(path)).value
        try:
            found = self._asked(host, plan, whole)
            if found is None:
                host.say(Event("note", self.name, f"{self.hop.version} cannot judge a config without starting"))
                return {"skipped": f"{self.hop.version} has no config validate"}
            wrong = [issue for issue in found if issue.is_wrong_value]
            if wrong:
                wrong = self._left_by_doctor(host, plan, whole, wrong)
        finally:
            self._clear(host, plan)
        if wrong:
            lines = explain(original, wrong)
            more = f"; and {len(lines) - _TOLD} more" if len(lines) > _TOLD else ""
            raise StepFailed(
                f"{self.hop.version} does not take this config: {'; '.join(lines[:_TOLD])}{more}",
                "correct it by hand while the old gateway serves on, then run again",
            )
        return {"doctor_has_to_mend": list(explain(original, found))}

    def undo(self, host: Host, plan: Plan) -> Evidence:
        """The copy of the config holds secrets and goes; so does a release that was only to be asked."""
        self._clear(host, plan)
        return {}

    @property
    def _asked_one(self) -> Hop:
        if not self.borrows:
            return self.hop
        stage = f"{self.hop.stage}-judge"
        return replace(self.hop, stage=stage, tree=stage + self.hop.tree.removeprefix(self.hop.stage))

    def _clear(self, host: Host, plan: Plan) -> None:
        host.files.remove(self._room(plan))
        if self.borrows:
            host.files.remove(self._asked_one.stage)

    def _room(self, plan: Plan) -> str:
        return f"{plan.folder}/judge"

    def _asked(self, host: Host, plan: Plan, config: Json) -> tuple[Issue, ...] | None:
        """What the release has against a config, in a home of its own where it finds nothing else."""
        room = self._room(plan)
        host.files.make_folder(room, account=plan.install.account)
        host.files.write(f"{room}/openclaw.json", Document.of(config).encoded)
        return judging.objections(host, plan.install, self._asked_one.tree, judging.away_from_home(room))

    def _left_by_doctor(self, host: Host, plan: Plan, config: Json, wrong: list[Issue]) -> list[Issue]:
        """What is still wrong after the release's own doctor; a doctor that does not end leaves nobody the wiser.

        Doctor works on the workspaces that a config names (2026.9.6 took HEARTBEAT.md out of one): here they lie
        below the copy.
        """
        room = self._room(plan)
        self._asked(host, plan, _below(config, room))
        done = host.commands.run(
            Command(
                argv.doctor_fix(plan.install.node.path, packages.entry(host, self._asked_one.tree)),
                env=judging.environment_in(plan.install, judging.away_from_home(room)),
                account=plan.install.account,
                wall=_DOCTOR,
                idle=_IDLE,
            )
        )
        left = judging.objections(host, plan.install, self._asked_one.tree, judging.away_from_home(room))
        if done.ended_by or left is None:
            return []
        return [issue for issue in left if issue.is_wrong_value and issue.path in {each.path for each in wrong}]


def _below(value: Json, room: str) -> Json:
    """The config with every path in it below the room."""
    match value:
        case dict():
            return {key: _below(inner, room) for key, inner in value.items()}
        case list():
            return [_below(inner, room) for inner in value]
        case str() if value.startswith(("/", "~", "./", "../")):
            return f"{room}/files/{value.lstrip('/~.')}"
        case _:
            return value
