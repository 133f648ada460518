"""Gateways that systemd runs, in the account's own manager or in the system's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from clawupgrade.errors import Refused, StepFailed
from clawupgrade.host.identity import identify, is_alive
from clawupgrade.host.scrub import Scrub
from clawupgrade.host.services.logs import last_lines
from clawupgrade.model import Account, Owner, Service
from clawupgrade.ports import Clock, Command, Commands, Completed, ServiceState

_SHOWN = (
    "LoadState,ActiveState,SubState,MainPID,Result,ExecMainStatus,ExecMainCode,NRestarts,StandardOutput,CPUUsageNSec"
)
_UP = ("active", "activating", "reloading", "refreshing")
_DOWN = ("inactive", "failed")
_ANSWER_WITHIN = 30.0
_TICK = 0.1
_WORDS = 40
_EXITED = "1"  # CLD_EXITED; other codes are signals


class Systemd:
    """`systemctl`, asked as the account for user units and as ourselves for system units."""

    def __init__(self, commands: Commands, clock: Clock, account: Account, scrub: Scrub) -> None:
        self._commands = commands
        self._clock = clock
        self._account = account
        self._scrub = scrub

    def look(self, service: Service) -> ServiceState:
        """How it is; `active` is None when the manager does not answer (no bus, #58129).

        A unit on its way down is not active: an undo has to start it again.
        """
        shown = self._shown(service)
        if isinstance(shown, str):
            return ServiceState(None, words=shown)
        exited = shown.get("ExecMainCode") == _EXITED
        return ServiceState(
            active=shown["ActiveState"] in _UP,
            main_pid=_main_pid(shown),
            words=_words(shown),
            exit_status=int(shown["ExecMainStatus"]) if exited and shown.get("ExecMainStatus") else None,
            restarts=int(shown.get("NRestarts") or 0),
            cpu=_seconds(shown.get("CPUUsageNSec", "")),
            failed=shown["ActiveState"] == "failed",
        )

    def stop(self, service: Service, limit: float) -> None:
        """Stop it, and wait until the unit is down and its main process gone. systemd kills what lingers."""
        pid = _main_pid(self._seen(service))
        main = identify(pid) if pid is not None else None
        self._do(service, "stop", "--no-block", service.name)
        until = self._clock.monotonic() + limit
        while True:
            shown = self._seen(service)
            if shown["ActiveState"] in _DOWN and (main is None or not is_alive(main)):
                return
            if self._clock.monotonic() > until:
                raise StepFailed(f"{service.name} did not stop within {limit:.0f} s: {_words(shown)}")
            self._clock.sleep(_TICK)

    def start(self, service: Service, limit: float) -> None:
        """Start it; comes back once systemd has a main process for it, or has given up on one.

        `reset-failed` first: after five failed starts the start limit refuses everybody.
        """
        self._systemctl(service, "reset-failed", service.name)
        self._do(service, "start", "--no-block", service.name)
        until = self._clock.monotonic() + limit
        while True:
            shown = self._seen(service)
            if shown["ActiveState"] in _UP and _main_pid(shown) is not None:
                return
            # While our job waits, "failed" is how an earlier stop came out.
            if shown["ActiveState"] == "failed" and shown.get("Job", "0") in ("", "0"):
                raise StepFailed(f"{service.name} did not start: {_words(shown)}")
            if self._clock.monotonic() > until:
                raise StepFailed(f"{service.name} was not started within {limit:.0f} s: {_words(shown)}")
            self._clock.sleep(_TICK)

    def reload(self, service: Service) -> None:
        """`daemon-reload`."""
        self._do(service, "daemon-reload")

    def enable(self, service: Service, enabled: bool) -> None:
        """Enable or disable it at boot, without starting or stopping it."""
        self._do(service, "enable" if enabled else "disable", service.name)

    def words(self, service: Service, since: datetime) -> tuple[str, ...]:
        """From the journal; from the file that the unit writes to where the journal may not be read."""
        # Not --user-unit: that adds what systemd says of the unit, and we want the gateway's own words.
        field = "_SYSTEMD_USER_UNIT" if service.owner is Owner.SYSTEMD_USER else "_SYSTEMD_UNIT"
        done = self._commands.run(
            Command(
                (
                    *("journalctl", f"{field}={service.name}", "--since", f"@{int(since.timestamp())}"),
                    *("--lines", str(_WORDS), "--output", "cat", "--no-pager", "--quiet"),
                ),
                account=self._runs_as(service),
                wall=_ANSWER_WITHIN,
            )
        )
        lines = tuple(self._scrub.line(line) for line in done.out.splitlines() if line.strip())
        if done.ok and lines:
            return lines[-_WORDS:]
        shown = self._shown(service)
        if isinstance(shown, str):
            return lines
        kind, _, path = shown.get("StandardOutput", "").partition(":")
        if kind not in ("file", "append", "truncate"):
            return lines
        return tuple(self._scrub.line(line) for line in last_lines(Path(path), _WORDS, since))

    def _seen(self, service: Service) -> Mapping[str, str]:
        shown = self._shown(service)
        if isinstance(shown, str):
            raise StepFailed(f"systemd cannot be asked about {service.name}: {shown}", transient=True)
        return shown

    def _shown(self, service: Service) -> Mapping[str, str] | str:
        """The unit's properties, or the words of a manager that does not answer."""
        try:
            done = self._systemctl(service, "show", service.name, "-p", _SHOWN)
        except Refused as error:
            return error.message  # a container without systemctl
        shown = _properties(done.out)
        return shown if done.ok and "ActiveState" in shown else self._why(done)

    def _do(self, service: Service, *words: str) -> None:
        done = self._systemctl(service, *words)
        if not done.ok:
            raise StepFailed(f"systemctl {' '.join(words)}: {self._why(done)}", _hint(service, done.err))

    def _systemctl(self, service: Service, *words: str) -> Completed:
        scope = ("--user",) if service.owner is Owner.SYSTEMD_USER else ("--system",)
        return self._commands.run(
            Command(
                ("systemctl", *scope, "--no-ask-password", "--no-pager", *words),
                env=(("LC_ALL", "C"), ("SYSTEMD_COLORS", "0")),
                cwd="/",
                account=self._runs_as(service),
                wall=_ANSWER_WITHIN,
            )
        )

    def _runs_as(self, service: Service) -> Account | None:
        return self._account if service.owner is Owner.SYSTEMD_USER else None

    def _why(self, done: Completed) -> str:
        if done.ended_by == "signal":
            return "a signal asked us to stop"
        if done.ended_by:
            return f"no answer within {_ANSWER_WITHIN:.0f} s"
        said = (done.err.strip() or done.out.strip()).splitlines()
        return self._scrub.line(said[-1]) if said else f"exit {done.rc}"


def _properties(text: str) -> Mapping[str, str]:
    return {name: value for name, sign, value in (line.partition("=") for line in text.splitlines()) if sign}


def _seconds(nanoseconds: str) -> float | None:
    return int(nanoseconds) / 1e9 if nanoseconds.isdecimal() else None  # "[not set]" without accounting


def _main_pid(shown: Mapping[str, str]) -> int | None:
    return int(shown.get("MainPID", "0")) or None


def _words(shown: Mapping[str, str]) -> str:
    if shown.get("LoadState") == "not-found":
        return "not-found: there is no such unit"
    words = f"{shown['ActiveState']} ({shown.get('SubState', '')})"
    result = shown.get("Result", "success")
    if result != "success":
        words += f", {result}, status {shown.get('ExecMainStatus', '?')}"
    return words


def _hint(service: Service, said: str) -> str:
    if "bus" in said:
        return "there is no user manager: loginctl enable-linger, or log in as that account"
    if service.owner is Owner.SYSTEMD_SYSTEM and ("uthenti" in said or "denied" in said):
        return "a system service needs root: run clawupgrade with sudo"
    return ""
