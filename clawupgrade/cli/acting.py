"""An upgrade and a way back in an opened room, up to what is kept of them; whoever calls shows it."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from clawupgrade.app.finish import finish, note_failure
from clawupgrade.app.gate import Gate
from clawupgrade.app.prospect import Prospect
from clawupgrade.app.rollback import Return, rollback
from clawupgrade.app.upgrade import upgrade
from clawupgrade.cli.aftermath import tell
from clawupgrade.cli.back import back_of
from clawupgrade.cli.place import own_program
from clawupgrade.cli.room import Room
from clawupgrade.errors import ClawupgradeError
from clawupgrade.model import Report


def upgraded(args: argparse.Namespace, room: Room, gate: Gate, agree: Callable[[Prospect], None]) -> Report:
    """Upgrade. What ends it before a run began is told to whoever wants to know, and raised."""
    run_id = room.runs.new_id()
    try:
        report = upgrade(room.host, room.runs, room.request, run_id, program=own_program(), agree=agree, gate=gate)
    except ClawupgradeError as error:
        room.go_on()
        tell(args, room, note_failure(room.host, room.runs, error))
        raise
    return finish(room.host, room.runs, report)


def returned(args: argparse.Namespace, room: Room, agree: Callable[[Return], None]) -> Report:
    """Take an upgrade back, as the options say."""
    run_id = room.runs.new_id()
    report = rollback(
        room.host, room.runs, room.request, run_id, program=own_program(), agree=agree, back=back_of(args)
    )
    return finish(room.host, room.runs, report)
