"""The port to the runs of an installation: their folders and their journals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from clawupgrade.engine.journal import Journal
from clawupgrade.model import Plan


class Runs(Protocol):
    """The runs of one installation, each a folder with its journal; never inside what is restored."""

    def create(self, plan: Plan) -> Journal:
        """A new run whose record 0 is the plan."""
        ...

    def load(self, run_id: str) -> Journal:
        """An existing run's journal, its torn tail cut. Raises UsageError for an unknown run."""
        ...

    def ids(self) -> tuple[str, ...]:
        """All runs, oldest first."""
        ...

    def folder(self, run_id: str) -> str:
        """Where a run keeps its files."""
        ...

    def note_result(self, document: Mapping[str, Any]) -> None:
        """Replace `last-result.json`, the fixed place that monitors read."""
        ...

    def keep(self, name: str, document: Mapping[str, Any]) -> None:
        """Replace a small document beside the runs, at one stroke; what an installation remembers of itself."""
        ...

    def kept(self, name: str) -> Mapping[str, Any] | None:
        """The document, or None. Raises JournalDamaged for one that cannot be read."""
        ...
