"""What is told to others once a command has come to its end: metrics and notices, by the settings that hold."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from clawupgrade.app import notifying
from clawupgrade.app.metrics import write_metrics
from clawupgrade.cli.room import Room
from clawupgrade.cli.tend import look_after, place_of, send_notices
from clawupgrade.cli.wishes import told_nevertheless, wishes_of
from clawupgrade.errors import ClawupgradeError, ConfigInvalid, Exit, UsageError
from clawupgrade.host.channels import ping
from clawupgrade.model import Outcome, Report
from clawupgrade.policy.settings import Settings
from clawupgrade.ports import Event

_NO_PING = (Exit.BUSY, Exit.INTERRUPTED, Exit.TERMINATED)
"""Put off, not failed: whoever waits for the ping hears soon enough that it does not come."""


def tell(args: argparse.Namespace, room: Room, report: Report) -> None:
    """Tell whoever wants to know. The run has ended: nothing that goes wrong here changes that."""
    from clawupgrade.app.report import result_document

    room.host.say(Event("result", text=report.message, data=result_document(report)))
    settings = told_nevertheless(args) if report.outcome is Outcome.CONFIG else settings_of(args, room)
    if settings.metrics_textfile:
        _try(
            room,
            lambda: write_metrics(room.host, room.runs, report, settings.metrics_textfile, settings.quarantine_for),
        )
    if settings.notice_urls or settings.notice_command:
        _try(room, lambda: _notify(room, report, settings))
    if settings.notice_ping and report.exit_code not in _NO_PING:
        _try(room, lambda: ping(settings.notice_ping, report.exit_code))
    _try(room, lambda: look_after(args, room))


def _notify(room: Room, report: Report, settings: Settings) -> None:
    notifying.note(room.host, room.runs, report, place=place_of(room.folder), when=settings.notice_when)
    send_notices(room, settings)


def settings_of(args: argparse.Namespace, room: Room) -> Settings:
    """The settings; where they cannot be used, who is to be told, and the defaults for all else.

    A typing error must neither stop a way back nor keep itself a secret.
    """
    try:
        return wishes_of(args).settings
    except (ConfigInvalid, UsageError) as error:
        room.host.say(Event("note", text=f"the settings cannot be used: {error.message}"))
        return told_nevertheless(args)


def _try(room: Room, act: Callable[[], object]) -> None:
    try:
        act()
    except (OSError, ClawupgradeError) as error:
        reason = error.message if isinstance(error, ClawupgradeError) else error.strerror
        room.host.say(Event("note", text=f"the run has ended, but not everybody could be told: {reason}"))
