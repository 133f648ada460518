"""The use cases as Python functions, for code of an operations team: `from clawupgrade import plan, run`.

Each does what the command of its name does, under the same lock and journal, and comes back with a frozen value instead
of printing. Nothing is asked: a question counts as no. Failures are raised as `ClawupgradeError`, with the exit code
that the command would end with. A run that was rolled back is no exception: it is a `Report` that says so.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct

from clawupgrade.app.finish import finish, note_failure
from clawupgrade.app.prospect import Prospect
from clawupgrade.app.prospect import prospect as _prospect
from clawupgrade.app.recover import open_run
from clawupgrade.app.recover import recover as _recover
from clawupgrade.app.report import report_of
from clawupgrade.app.rollback import Return
from clawupgrade.cli.acting import returned, upgraded
from clawupgrade.cli.aftermath import tell
from clawupgrade.cli.back import refuse_silent_loss
from clawupgrade.cli.parser import parser
from clawupgrade.cli.place import own_program
from clawupgrade.cli.room import Room, opened
from clawupgrade.cli.wishes import gate_of, wishes_of
from clawupgrade.errors import ClawupgradeError
from clawupgrade.model import Install, Report
from clawupgrade.ports import Event

Watcher = Callable[[Event], None]
"""Is told every event of a run while it goes; see docs/reference/json.md."""


class Status(Struct, frozen=True):
    """What is installed and how its gateway is; the last run, or None."""

    install: Install
    last_run: Report | None


def status(*, profile: str = "") -> Status:
    """Look at the installation; nothing is changed. Raises Refused where there is none."""
    from clawupgrade.survey.survey import survey

    with _room("status", profile, ()) as (_, room):
        last = [report_of(room.runs.load(each).records) for each in room.runs.ids()[-1:]]
        return Status(survey(room.host, room.request), last[-1] if last else None)


def plan(to: str | None = None, *, profile: str = "", options: Sequence[str] = ()) -> Prospect:
    """What `run` would do. `plan(...).plan` is None when there is nothing to do, or policy forbids it (`turn`).

    options: as on the command line, such as `("--channel", "beta")`. Raises Refused, Busy.
    """
    with _room("plan", profile, _to(to, options)) as (args, room):
        gate = gate_of(args, wishes_of(args))
        return _prospect(room.host, room.runs, room.request, room.runs.new_id(), program=own_program(), gate=gate)


def run(
    to: str | None = None, *, profile: str = "", options: Sequence[str] = (), watch: Watcher | None = None
) -> Report:
    """Upgrade, prove it, or roll back. Raises Refused, Busy; Broken where an earlier run is stuck.

    Call it in the main thread: a run takes SIGINT, SIGTERM and SIGHUP, to end itself in order.
    """
    with _room("run", profile, ("--yes", *_to(to, options)), watch) as (args, room):
        try:
            gate = gate_of(args, wishes_of(args))
        except ClawupgradeError as error:
            tell(args, room, note_failure(room.host, room.runs, error))
            raise
        return _told(args, room, upgraded(args, room, gate, lambda _: None))


def rollback(
    run_id: str = "", *, profile: str = "", options: Sequence[str] = (), watch: Watcher | None = None
) -> Report:
    """Take an upgrade back (default: the last). Raises Refused where that would lose what came since.

    options: such as `("--yes",)` to accept that loss, `("--undo",)`.
    """
    words = (*((run_id,) if run_id else ()), *options)
    with _room("rollback", profile, words, watch) as (args, room):

        def agree(found: Return) -> None:
            if not args.yes:
                refuse_silent_loss(found)

        return _told(args, room, returned(args, room, agree))


def recover(*, profile: str = "", watch: Watcher | None = None) -> Report | None:
    """Bring a run that was cut off to its end; None when none is open."""
    with _room("recover", profile, (), watch) as (args, room):
        run_id = open_run(room.runs)
        if run_id is None:
            return None
        room.name_run(run_id)
        report = _recover(room.host, room.runs, run_id)
        return None if report is None else _told(args, room, finish(room.host, room.runs, report))


def history(*, profile: str = "") -> tuple[Report, ...]:
    """The runs so far, oldest first."""
    with _room("history", profile, ()) as (_, room):
        return tuple(report_of(room.runs.load(each).records) for each in room.runs.ids())


@contextmanager
def _room(
    command: str, profile: str, words: Sequence[str], watch: Watcher | None = None
) -> Iterator[tuple[argparse.Namespace, Room]]:
    args = parser().parse_args([command, "--json", "--quiet", *(("--profile", profile) if profile else ()), *words])
    with opened(args, locked=command in ("run", "rollback", "recover")) as room:
        if watch is not None and room.say is not None:
            room.say.add(lambda event, _: watch(event))
        yield args, room


def _to(to: str | None, options: Sequence[str]) -> tuple[str, ...]:
    return (*(("--to", to) if to else ()), *options)


def _told(args: argparse.Namespace, room: Room, report: Report) -> Report:
    tell(args, room, report)
    return report
