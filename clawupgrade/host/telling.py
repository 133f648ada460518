"""Tells events to whoever wants them: lines of JSON for programs, a log in the run's folder, fields for journald."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from clawupgrade.ports import Clock, Event

EVENT_SCHEMA = "clawupgrade.event.v1"
LOG = "events.jsonl"
_JOURNALD = "/run/systemd/journal/socket"
_MOST = 4_000_000
"""Bytes of a run's log; from then on only what is no mere line of a child is kept."""

Listener = Callable[[Event, str], None]


class Telling:
    """Everybody who listens hears every event, with the number of the run that is worked on.

    A listener who cannot write any more (a full disk, a reader who went away) is left out from then on.
    """

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = list(listeners)
        self.run = ""

    def add(self, listener: Listener) -> None:
        """One more who listens."""
        self._listeners.append(listener)

    def name_run(self, run_id: str) -> None:
        """The run that events belong to from now on."""
        self.run = run_id

    def __call__(self, event: Event) -> None:
        """Tell one event."""
        for listener in tuple(self._listeners):
            try:
                listener(event, self.run)
            except OSError:
                self._listeners.remove(listener)


class EventLines:
    """Each event as one line of JSON on a descriptor, at once, without waiting for a slow reader."""

    def __init__(self, descriptor: int, clock: Clock) -> None:
        self._descriptor = descriptor
        self._clock = clock

    def __call__(self, event: Event, run: str) -> None:
        """Write one line."""
        os.write(self._descriptor, line_of(event, run, self._clock))


class RunLog:
    """All events of a run in its own folder, 0600, so that a report can tell later what was seen."""

    def __init__(self, runs: Path, clock: Clock) -> None:
        self._runs = runs
        self._clock = clock

    def __call__(self, event: Event, run: str) -> None:
        """Append one line, once the run has a folder."""
        folder = self._runs / run
        if not run or event.kind == "progress" or not folder.is_dir():
            return
        descriptor = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if event.kind not in ("line", "command", "progress") or os.fstat(descriptor).st_size < _MOST:
                os.write(descriptor, line_of(event, run, self._clock))
        finally:
            os.close(descriptor)


class Journald:
    """Steps and results with fields of their own: `journalctl CLAWUPGRADE_RUN=…`."""

    def __call__(self, event: Event, run: str) -> None:
        """Send what matters; a machine without journald hears nothing."""
        if event.kind != "result" and not event.kind.startswith(("step.", "undo.")):
            return
        bad = event.kind.endswith("failed") or event.data.get("exit_code", 0) not in (0, 75)
        fields = {
            "MESSAGE": " ".join(filter(None, (event.kind, event.step, event.text))),
            "PRIORITY": "3" if bad else "6",
            "SYSLOG_IDENTIFIER": "clawupgrade",
            "CLAWUPGRADE_EVENT": event.kind,
            "CLAWUPGRADE_RUN": run,
            "CLAWUPGRADE_STEP": event.step,
            "CLAWUPGRADE_OUTCOME": str(event.data.get("outcome", "")),
            "CLAWUPGRADE_EXIT_CODE": str(event.data.get("exit_code", "")),
        }
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
            out.sendto(_datagram(fields), _JOURNALD)


def under_journald(caller: Mapping[str, str]) -> bool:
    """Whether a service manager started us and its journal listens."""
    return "JOURNAL_STREAM" in caller and Path(_JOURNALD).exists()


def line_of(event: Event, run: str, clock: Clock) -> bytes:
    """One event as a line; see clawupgrade/schemas/event.v1.json."""
    document: dict[str, Any] = {
        "schema": EVENT_SCHEMA,
        "at": clock.now().isoformat(),
        "run": run,
        "kind": event.kind,
        "step": event.step,
        "text": event.text,
        "done": event.done,
        "total": event.total,
        "data": dict(event.data),
    }
    return json.dumps(document, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace") + b"\n"


def _datagram(fields: Mapping[str, str]) -> bytes:
    # A value with a line end would need journald's binary form; one line is what these are.
    return b"".join(f"{name}={' '.join(value.split())}\n".encode() for name, value in fields.items() if value)
