"""The runs of one installation: a folder each, with its journal, outside of all that is restored."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clawupgrade.errors import JournalDamaged, UsageError
from clawupgrade.host.durable import write_file
from clawupgrade.host.journal_file import NAME, FileJournal, create_journal

if TYPE_CHECKING:
    from clawupgrade.engine.journal import Journal
    from clawupgrade.model import Plan
    from clawupgrade.ports import Clock

_TIME = "%Y%m%dT%H%M%SZ"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class FolderRuns:
    """The `Runs` port: `<folder>/runs/<id>/journal`, and `<folder>/last-result.json`.

    name_run: is told the number of a run that is about to begin.
    """

    def __init__(self, folder: Path, clock: Clock, name_run: Callable[[str], None] = lambda _: None) -> None:
        self._folder = folder
        self._clock = clock
        self._name_run = name_run

    def create(self, plan: Plan) -> Journal:
        """A new run whose record 0 is the plan. Raises FailedClean."""
        self._name_run(plan.run_id)
        return create_journal(Path(self.folder(plan.run_id)), plan, self._clock)

    def new_id(self) -> str:
        """A number for the next run: the time, but later than any before, whatever was done to the clock."""
        import secrets

        now = self._clock.now()
        if earlier := [found for run_id in self.ids() if (found := _begun(run_id)) is not None]:
            now = max(now, max(earlier) + timedelta(seconds=1))
        return f"{now:{_TIME}}-{secrets.token_hex(2)}"

    def load(self, run_id: str) -> Journal:
        """An existing run's journal. Raises UsageError for an unknown run, JournalDamaged."""
        folder = Path(self.folder(run_id))
        if not (folder / NAME).is_file():
            raise UsageError(f"there is no run {run_id}", "see: clawupgrade history")
        return FileJournal(folder, self._clock)

    def ids(self) -> tuple[str, ...]:
        """All runs, oldest first: an id begins with the time of its run."""
        return tuple(sorted(path.parent.name for path in self._folder.glob(f"runs/*/{NAME}")))

    def folder(self, run_id: str) -> str:
        """Where a run keeps its files. Raises UsageError for what cannot be an id."""
        if not _ID.fullmatch(run_id):
            raise UsageError(f"“{run_id}” is no run", "see: clawupgrade history")
        return str(self._folder / "runs" / run_id)

    def note_result(self, document: Mapping[str, Any]) -> None:
        """Replace `last-result.json` at one stroke."""
        self.keep("last-result", document)

    def keep(self, name: str, document: Mapping[str, Any]) -> None:
        """Replace `NAME.json` at one stroke."""
        content = json.dumps(dict(document), ensure_ascii=False, indent=2) + "\n"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_file(self._folder / f"{name}.json", content.encode())

    def kept(self, name: str) -> Mapping[str, Any] | None:
        """What `keep` wrote, or None. Raises JournalDamaged."""
        path = self._folder / f"{name}.json"
        try:
            document = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise JournalDamaged(f"{path} is damaged", "look at it, then move it away") from error
        if not isinstance(document, dict):
            raise JournalDamaged(f"{path} holds no table", "look at it, then move it away")
        return document


def _begun(run_id: str) -> datetime | None:
    try:
        return datetime.strptime(run_id.partition("-")[0], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None  # named by hand, or by a test
