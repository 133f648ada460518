"""Gateways without a service manager: clawupgrade starts and stops the process itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import psutil
from msgspec.structs import replace

from clawupgrade.errors import Refused, StepFailed
from clawupgrade.host import sessions
from clawupgrade.host.children import MARK as CHILD_MARK
from clawupgrade.host.environment import child_environment
from clawupgrade.host.identity import Identity, identify, is_alive
from clawupgrade.host.scrub import Scrub
from clawupgrade.host.services.logs import last_lines
from clawupgrade.host.services.record import GatewayRecord, read_record, write_record
from clawupgrade.host.spawn import spawn
from clawupgrade.model import Account, Service
from clawupgrade.ports import Clock, ServiceState

MARK = "CLAWUPGRADE_GATEWAY"
_TICK = 0.1
_WORDS = 40
_STAYS_UP = 1.0
_LAST = 10.0
_LONGEST_LOG = 8 * 1024 * 1024


class ProcessOwner:
    """Keeps `gateway.json` and `gateway.log` in our own folder of the installation."""

    def __init__(
        self,
        folder: Path,
        *,
        account: Account,
        own: Account,
        caller: Mapping[str, str],
        clock: Clock,
        scrub: Scrub,
    ) -> None:
        self._record = folder / "gateway.json"
        self._log = folder / "gateway.log"
        self._account = account
        self._own = own
        self._caller = caller
        self._clock = clock
        self._scrub = scrub

    def adopt(self, process: Identity, argv: tuple[str, ...]) -> None:
        """Take over a gateway that somebody started by hand: note how, so that it can be started again.

        argv: how to start it. The process table does not tell: OpenClaw overwrites its own argv with
        a title (`openclaw-gateway`). Its environment and folder are taken from the process itself.

        Raises:
            StepFailed: it is gone, or not ours to read, or `argv` is not a command line.
        """
        if not argv or not Path(argv[0]).is_file():
            raise StepFailed(
                f"nobody knows how the gateway, process {process.pid}, was started",
                "stop it, and start it once through a service or with an absolute path to node",
            )
        try:
            seen = psutil.Process(process.pid)
            env, cwd = seen.environ(), seen.cwd()
        except psutil.Error as error:
            raise StepFailed(f"process {process.pid} cannot be read: {type(error).__name__}") from error
        if not is_alive(process):
            raise StepFailed(f"the gateway, process {process.pid}, is gone")
        kept = {name: value for name, value in env.items() if name not in (MARK, CHILD_MARK)}
        write_record(self._record, GatewayRecord(argv, kept, cwd, _mark(), process))

    def look(self, service: Service) -> ServiceState:
        """Whether the process on record runs; before there is a record, the one that the survey found."""
        record = read_record(self._record)
        if record is not None and (alive := self._alive(record)):
            return ServiceState(True, alive[0].pid, "running")
        found = _unrecorded(record, service)
        return ServiceState(
            found is not None,
            found.pid if found is not None else None,
            "started by hand" if found else "not running",
        )

    def stop(self, service: Service, limit: float) -> None:
        """SIGTERM to the one verified process, then to what it leaves behind; after `limit` seconds SIGKILL.

        Raises:
            StepFailed: not even SIGKILL ended it, or nobody knows how it would be started again.
        """
        record = self._on_record(service)
        if record is None:
            return
        until = self._clock.monotonic() + limit
        told: set[Identity] = set()
        known: tuple[Identity, ...] = ()
        while known := tuple(dict.fromkeys((*self._alive(record), *filter(is_alive, known)))):
            waited_out = self._clock.monotonic() - until
            if waited_out > _LAST:
                pids = ", ".join(str(identity.pid) for identity in known)
                raise StepFailed(f"the gateway will not end: process {pids}")
            if waited_out > 0:
                sessions.send(signal.SIGKILL, known)
            else:
                # First the gateway alone: it ends its own workers in order. Then whoever is left.
                doomed = set(known if told and not told & set(known) else known[:1]) - told
                sessions.send(signal.SIGTERM, doomed)
                told |= doomed
            self._clock.sleep(_TICK)
        stopped = record.process.pid if record.process is not None else record.stopped
        write_record(self._record, replace(record, process=None, is_starting=False, stopped=stopped))

    def start(self, service: Service, limit: float) -> None:
        """Start it in a session of its own, without our lock; comes back when it has stayed up a moment.

        The mark is written down before the process is started: should we die in between, the gateway
        is found again by it.

        Raises:
            StepFailed: it could not be started, or ended at once.
        """
        record = self._on_record(service) or self._fresh(service)
        if self._alive(record):
            return
        # The package may have changed its name since the record was made (clawdbot → openclaw).
        argv = service.argv or record.argv
        record = replace(record, argv=argv, mark=_mark(), process=None, is_ours=True, is_starting=True)
        write_record(self._record, record)
        if self._log.exists() and self._log.stat().st_size > _LONGEST_LOG:
            self._log.replace(f"{self._log}.1")
        log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            child = spawn(
                record.argv,
                env=record.env | {MARK: record.mark},
                cwd=record.cwd,
                account=self._account,
                stdout=log,
                stderr=log,
            )
        except Refused as error:
            raise StepFailed(error.message, error.hint) from error
        finally:
            os.close(log)
        write_record(self._record, replace(record, process=identify(child.pid), is_starting=False))
        until = self._clock.monotonic() + min(limit, _STAYS_UP)
        while self._clock.monotonic() < until:
            if child.poll() is not None:
                sessions.send(signal.SIGTERM, _marked(record.mark))
                raise StepFailed(f"the gateway ended at once with status {child.returncode}", f"see {self._log}")
            self._clock.sleep(_TICK)

    def words(self, since: datetime) -> tuple[str, ...]:
        """From our log file; a gateway that was started by hand wrote elsewhere."""
        return tuple(self._scrub.line(line) for line in last_lines(self._log, _WORDS, since))

    def _on_record(self, service: Service) -> GatewayRecord | None:
        """The record, after taking over a gateway that runs and is not on it."""
        record = read_record(self._record)
        if record is not None and self._alive(record):
            return record
        found = _unrecorded(record, service)
        if found is not None:
            self.adopt(found, service.argv)
            return read_record(self._record)
        return record

    def _fresh(self, service: Service) -> GatewayRecord:
        if not service.argv:
            raise StepFailed("nobody knows how this gateway is started", "start it by hand once, then try again")
        env = child_environment(self._caller, self._account, is_own=self._account.uid == self._own.uid)
        return GatewayRecord(service.argv, env, self._account.home, _mark())

    def _alive(self, record: GatewayRecord) -> tuple[Identity, ...]:
        """The gateway and what is known to be its own, the gateway first; empty when it does not run."""
        process = record.process
        if process is not None and is_alive(process):
            mates = sessions.members(process.pid) if record.is_ours else ()
            return tuple(dict.fromkeys((process, *sessions.offspring(process.pid), *mates)))
        return _marked(record.mark) if record.is_starting else ()


def _unrecorded(record: GatewayRecord | None, service: Service) -> Identity | None:
    """The process that the survey found, unless it is the one that we have stopped since."""
    pid = service.main_pid
    known = () if record is None else (record.stopped, record.process.pid if record.process is not None else None)
    return identify(pid) if pid is not None and pid not in known else None


def _marked(mark: str) -> tuple[Identity, ...]:
    found: list[Identity] = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and (identity := identify(process.pid)) is not None:
                found.append(identity)
        except (psutil.Error, OSError):
            continue  # gone, or another account's: then it is not the one that we started
    return tuple(sorted(found, key=lambda identity: identity.ticks))


def _mark() -> str:
    return os.urandom(16).hex()
