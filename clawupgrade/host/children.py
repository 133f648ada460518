"""Written proof of which processes are our children, so that a recovery may end the orphans of a dead run."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from clawupgrade.errors import Busy
from clawupgrade.host import sessions
from clawupgrade.host.identity import Identity, boot_id, identify, is_alive

MARK = "CLAWUPGRADE_CHILD"
_TICK = 0.05


class Children:
    """One small file per running child in `folder`, gone when the child is.

    Each child also carries a random mark in its environment: where a session's leader has died, its
    number may have been given away, and only the mark proves that what remains is ours.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def recorded(self, pid: int, mark: str, program: str) -> Iterator[None]:
        """Keep the record of a child while it runs; it stays behind when somebody survived the child."""
        identity = identify(pid)
        path = self._folder / f"{pid}.json"
        if identity is not None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            document = asdict(identity) | {"mark": mark, "program": program}
            path.write_text(json.dumps(document))
        yield
        if not sessions.members(pid):
            path.unlink(missing_ok=True)

    def orphans(self) -> tuple[Identity, ...]:
        """What still runs of the children on record. Records of other boots are thrown away."""
        found: dict[Identity, None] = {}
        for path in sorted(self._folder.glob("*.json")):
            record = _read(path)
            ours = _survivors(record) if record is not None else ()
            if not ours:
                path.unlink(missing_ok=True)
            found.update(dict.fromkeys(ours))
        return tuple(found)

    def settle(self, limit: float) -> tuple[Identity, ...]:
        """End every orphan: SIGTERM, and SIGKILL after half of `limit` seconds. Comes back with whom it met.

        Call it only when the run that started them is dead.

        Raises:
            Busy: somebody would not die in time.
        """
        began = time.monotonic()
        met: dict[Identity, None] = {}
        told: set[Identity] = set()
        while orphans := self.orphans():
            met.update(dict.fromkeys(orphans))
            waited = time.monotonic() - began
            if waited > limit:
                pids = ", ".join(str(identity.pid) for identity in orphans)
                raise Busy(
                    f"processes of an earlier run will not end: {pids}",
                    "look at them with ps, then try again",
                )
            if waited > limit / 2:
                sessions.send(signal.SIGKILL, orphans)
            else:
                sessions.send(signal.SIGTERM, set(orphans) - told)
                told |= set(orphans)
            time.sleep(_TICK)
        return tuple(met)


@dataclass(frozen=True, slots=True)
class _Record:
    leader: Identity
    mark: str


def _read(path: Path) -> _Record | None:
    try:
        document: dict[str, Any] = json.loads(path.read_text())
        return _Record(Identity(document["pid"], document["ticks"], document["boot"]), document["mark"])
    except (ValueError, KeyError, FileNotFoundError):
        return None  # cut off while it was written: its child carries the lock, nothing else is known


def _survivors(record: _Record) -> tuple[Identity, ...]:
    leader = record.leader
    if leader.boot != boot_id():
        return ()
    if is_alive(leader):
        return tuple(dict.fromkeys((leader, *sessions.members(leader.pid), *sessions.offspring(leader.pid))))
    return tuple(
        member
        for member in sessions.members(leader.pid)
        if member.ticks >= leader.ticks and _carries(member.pid, record.mark)
    )


def _carries(pid: int, mark: str) -> bool:
    try:
        return psutil.Process(pid).environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False
