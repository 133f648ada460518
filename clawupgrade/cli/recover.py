"""`clawupgrade recover`, and the two that call it or look on: the dead-man and the independent handshake."""

from __future__ import annotations

import argparse
from pathlib import Path

from clawupgrade.app.finish import finish, finish_owed
from clawupgrade.app.probe import WELL_ENOUGH
from clawupgrade.app.probe import probe as probe_run
from clawupgrade.app.recover import open_run
from clawupgrade.app.recover import recover as bring_to_its_end
from clawupgrade.app.report import result_document
from clawupgrade.cli.aftermath import tell
from clawupgrade.cli.ending import finished
from clawupgrade.cli.guard import guard
from clawupgrade.cli.room import opened
from clawupgrade.errors import Exit
from clawupgrade.model import Outcome, Report
from clawupgrade.render.documents import print_json


def recover(args: argparse.Namespace) -> int:
    """Bring a run that was cut off to its end."""
    with opened(args, locked=True) as room:
        run_id = Path(args.folder).name if args.folder else args.retry or open_run(room.runs)
        if run_id is not None:
            room.name_run(run_id)
        report = bring_to_its_end(
            room.host,
            room.runs,
            run_id,
            retry=args.retry is not None,
            stop_before="quiesce" if args.before_gateway else "",
        )
        if report is None:
            # Of a run that a power cut hit between its end and its last duties no unit at boot may know any more.
            late = None if args.before_gateway else finish_owed(room.host, room.runs)
            if late is not None:
                tell(args, room, late)
            return _nothing_open(args, late)
        if args.before_gateway:
            if args.json:
                print_json(result_document(report))
            return int(Exit.OK)
        return finished(args, room, finish(room.host, room.runs, report))


def deadman(args: argparse.Namespace) -> int:
    """Watch one run, and recover it when its driver has died."""
    return guard(args, recover)


def probe(args: argparse.Namespace) -> int:
    """One handshake for a run, by a process that knows nothing of it."""
    with opened(args, locked=False) as room:
        verdict = probe_run(room.host, room.runs, Path(args.folder).name)
        print_json({"schema": "clawupgrade.probe.v1"} | verdict.to_json())
        return int(Exit.OK if verdict.condemns in WELL_ENOUGH else Exit.NEEDS_PERSON)


def _nothing_open(args: argparse.Namespace, late: Report | None) -> int:
    notes = () if late is None else (f"run {late.run_id} had ended, and has been tidied up only now",)
    if args.json:
        nothing = Report(Outcome.NOTHING_TO_DO, int(Exit.OK), message="no run is open", notes=notes)
        print_json(result_document(nothing))
    elif not args.quiet:
        for note in notes:
            print(f"✓ {note}")
        print("✓ no run is open; nothing to recover")
    return int(Exit.OK)
