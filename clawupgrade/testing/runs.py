"""Runs and journals in memory, as durable as on the disk: an append is whole, or torn, or not there."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from clawupgrade.engine.journal import RUN_OPENED, Record, decode, encode
from clawupgrade.errors import Broken, FailedClean, UsageError
from clawupgrade.model import Plan, plan_to_json
from clawupgrade.testing.clock import MemoryClock
from clawupgrade.testing.world import World


class MemoryJournal:
    """The `Journal` protocol over bytes that outlive the process."""

    def __init__(self, world: World, run_id: str) -> None:
        self._world = world
        self._run_id = run_id
        self._records, self._good = decoded(world.journals[run_id])

    @property
    def records(self) -> Sequence[Record]:
        """All records so far."""
        return self._records

    def append(self, kind: str, step: str = "", data: Mapping[str, Any] | None = None) -> Record:
        """One record; on a full disk the ballast makes room, once. Raises Broken."""
        record = Record(len(self._records), _now(self._world), kind, step, dict(data or {}))
        line = encode(record)
        try:
            self._write(kind, line)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise Broken(f"the journal cannot be written: {error.strerror}") from error
            self._write(f"{kind} again", line)
        self._good += len(line)
        self._records = (*self._records, record)
        return record

    def _write(self, name: str, line: bytes) -> None:
        good = self._world.journals[self._run_id][: self._good]
        self._world.effect(
            f"journal {name}",
            lambda: self._keep(good + line),
            lambda: self._keep(good + line[: len(line) // 2]),
            fills=True,
        )

    def _keep(self, content: bytes) -> None:
        self._world.journals[self._run_id] = content


class MemoryRuns:
    """The `Runs` port."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.results: list[Mapping[str, Any]] = []

    def create(self, plan: Plan) -> MemoryJournal:
        """A new run; its journal appears with its first record in it. Raises FailedClean."""
        line = encode(Record(0, _now(self._world), RUN_OPENED, "", plan_to_json(plan)))

        def whole() -> None:
            self._world.disk.make(self.folder(plan.run_id), 0o700)
            self._world.journals[plan.run_id] = line

        try:
            self._world.effect("open the journal", whole, fills=True)
        except OSError as error:
            raise FailedClean(f"the run's folder cannot be made: {error.strerror}") from error
        return MemoryJournal(self._world, plan.run_id)

    def load(self, run_id: str) -> MemoryJournal:
        """An existing run. Raises UsageError."""
        if run_id not in self._world.journals:
            raise UsageError(f"there is no run {run_id}")
        return MemoryJournal(self._world, run_id)

    def ids(self) -> tuple[str, ...]:
        """All runs, oldest first."""
        return tuple(sorted(self._world.journals))

    def folder(self, run_id: str) -> str:
        """Where a run keeps its files."""
        return f"{self._world.layout.runs}/{run_id}"

    def note_result(self, document: Mapping[str, Any]) -> None:
        """What a monitor would read."""
        self.results.append(document)

    def keep(self, name: str, document: Mapping[str, Any]) -> None:
        """What the installation remembers of itself."""
        self._world.kept[name] = document

    def kept(self, name: str) -> Mapping[str, Any] | None:
        """What was kept, or None."""
        return self._world.kept.get(name)


@lru_cache(maxsize=4096)
def decoded(content: bytes) -> tuple[tuple[Record, ...], int]:
    """`decode`, once for each content: thousands of forks of a machine read the same journal."""
    return decode(content)


def _now(world: World) -> str:
    return MemoryClock(world).now().isoformat()
