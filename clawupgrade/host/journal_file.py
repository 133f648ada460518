"""A run's journal on the disk: what was appended is there after a power cut, also on a full disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clawupgrade.engine.journal import RUN_OPENED, Record, decode, encode
from clawupgrade.errors import FailedClean, JournalLost
from clawupgrade.host.durable import sync_folder, write_file

if TYPE_CHECKING:
    from clawupgrade.model import Plan
    from clawupgrade.ports import Clock

NAME = "journal"
_BALLAST = "ballast"
_BALLAST_BYTES = 1024 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT)


class FileJournal:
    """The `Journal` protocol over one file. One process appends; any number may read."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Open a run's journal.

        A torn last line is left out here, and cut off by the next append: a reader beside a living
        run must not cut what that run is just writing.

        Raises:
            JournalDamaged: see `engine.journal.decode`.
        """
        self._folder = folder
        self._path = folder / NAME
        self._clock = clock
        self._records, self._good = decode(self._path.read_bytes())

    @property
    def records(self) -> Sequence[Record]:
        """All records so far."""
        return self._records

    def append(self, kind: str, step: str = "", data: Mapping[str, Any] | None = None) -> Record:
        """Write one record down; it is on the disk when this returns.

        On a full disk the ballast makes room, so that a run can be taken back and closed.

        Raises:
            JournalLost: the disk does not take it. The run must not go on: what it did would be nowhere.
        """
        record = Record(len(self._records), self._clock.now().isoformat(), kind, step, dict(data or {}))
        line = encode(record)
        try:
            self._write(line)
        except OSError as error:
            if error.errno not in _FULL or not self._drop_ballast():
                raise self._lost(error) from error
            try:
                self._write(line)
            except OSError as again:
                raise self._lost(again) from again
        self._good += len(line)
        self._records = (*self._records, record)
        return record

    def _write(self, line: bytes) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.ftruncate(descriptor, self._good)
            written = os.pwrite(descriptor, line, self._good)
            if written != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _drop_ballast(self) -> bool:
        try:
            (self._folder / _BALLAST).unlink()
        except FileNotFoundError:
            return False
        sync_folder(self._folder)
        return True

    def _lost(self, error: OSError) -> JournalLost:
        return JournalLost(
            f"the journal {self._path} cannot be written: {error.strerror}",
            "make room or repair the disk, then: clawupgrade recover",
        )


def create_journal(folder: Path, plan: Plan, clock: Clock) -> FileJournal:
    """A new run's folder (0700) with its journal (0600), whose record 0 is the plan, and its ballast.

    The journal appears with its first record in it: a run folder without one never began.

    Raises:
        FailedClean: the disk does not take it; nothing else was done.
    """
    from clawupgrade.model import plan_to_json

    opened = Record(0, clock.now().isoformat(), RUN_OPENED, "", plan_to_json(plan))
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # `parents` makes them 0755
        folder.mkdir(mode=0o700)
        sync_folder(folder.parent)
        write_file(folder / _BALLAST, os.urandom(_BALLAST_BYTES))  # random: compression would save the room
        write_file(folder / NAME, encode(opened))
    except OSError as error:
        raise FailedClean(f"{folder} cannot be made: {error.strerror}", "make room, or repair the disk") from error
    return FileJournal(folder, clock)
