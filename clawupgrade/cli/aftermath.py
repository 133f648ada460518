"""What is told to others once a command has come to its end: metrics and notices, by the settings that hold."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from clawupgrade.app.metrics import write_metrics
from clawupgrade.cli.room import Room
from clawupgrade.cli.wishes import wishes_of
from clawupgrade.errors import ClawupgradeError, ConfigInvalid, UsageError
from clawupgrade.model import Report
from clawupgrade.policy.settings import Settings
from clawupgrade.ports import Event


def tell(args: argparse.Namespace, room: Room, report: Report) -> None:
    """Tell whoever wants to know. The run has ended: nothing that goes wrong here changes that."""
    from clawupgrade.app.report import result_document

    room.host.say(Event("result", text=report.message, data=result_document(report)))
    settings = settings_of(args, room)
    if settings.metrics_textfile:
        _try(
            room,
            lambda: write_metrics(room.host, room.runs, report, settings.metrics_textfile, settings.quarantine_for),
        )


def settings_of(args: argparse.Namespace, room: Room) -> Settings:
    """The settings; where they cannot be read, the defaults: a typing error must not stop a way back."""
    try:
        return wishes_of(args).settings
    except (ConfigInvalid, UsageError) as error:
        room.host.say(Event("note", text=f"the settings cannot be read, so nobody is told: {error.message}"))
        return Settings()


def _try(room: Room, act: Callable[[], object]) -> None:
    try:
        act()
    except (OSError, ClawupgradeError) as error:
        reason = error.message if isinstance(error, ClawupgradeError) else error.strerror
        room.host.say(Event("note", text=f"the run has ended, but not everybody could be told: {reason}"))
