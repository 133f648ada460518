"""The dead-man's process: it names itself, waits without the lock, and recovers when it has to."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from clawupgrade.app.finish import finish_owed, owed, remove_units
from clawupgrade.app.recover import open_run
from clawupgrade.app.report import report_of, result_document
from clawupgrade.app.watch import watch
from clawupgrade.cli.aftermath import tell
from clawupgrade.cli.room import folder_of, opened
from clawupgrade.errors import Busy, Exit
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.durable import write_file
from clawupgrade.host.identity import Identity, is_alive
from clawupgrade.host.lock import last_holder
from clawupgrade.host.runs import FolderRuns
from clawupgrade.model import Report
from clawupgrade.render.documents import print_json

_PARTING = 60.0


def guard(args: argparse.Namespace, recover: Callable[[argparse.Namespace], int]) -> int:
    """Watch one run until it is closed; recover it when its driver has died."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a lost ssh connection is one of the reasons we exist
    clock = SystemClock()
    folder = folder_of(args)
    runs = FolderRuns(folder, clock)
    run_id = Path(args.folder).name
    write_file(Path(args.folder) / "deadman.pid", str(os.getpid()).encode())
    args.retry, args.before_gateway = None, False
    codes: list[int] = []

    def take_over() -> Report | None:
        codes.append(recover(args))
        return None

    def end_holder() -> None:
        if (pid := _driver(folder, run_id)) is not None:
            os.kill(pid, signal.SIGKILL)

    watch(runs, run_id, clock, take_over=take_over, end_holder=end_holder)
    if not codes:
        _tidy_up(args, folder, run_id, clock)
        if args.json:
            print_json(result_document(report_of(runs.load(run_id).records)))
    return codes[-1] if codes and open_run(runs) == run_id else int(Exit.OK)


def _driver(folder: Path, run_id: str) -> int | None:
    """The living process that holds the lock for this run; whoever holds it for another is none of ours."""
    holder = last_holder(folder)
    if holder is None or holder.run != run_id:
        return None
    return holder.pid if is_alive(Identity(holder.pid, holder.ticks, holder.boot)) else None


def _tidy_up(args: argparse.Namespace, folder: Path, run_id: str, clock: SystemClock) -> None:
    """A driver that died between closing its journal and removing its boot units has left them to us.

    Without the lock, unless something really is left: holding it makes whatever is typed right after a run busy.
    """
    until = clock.monotonic() + _PARTING
    while _driver(folder, run_id) is not None and clock.monotonic() < until:
        clock.sleep(0.2)
    with opened(args, locked=False) as room:
        remove_units(room.host, room.runs, run_id)
        if owed(room.runs) is None:
            return
    with suppress(Busy), opened(args, locked=True) as room:  # whoever is at work now finishes it
        if (report := finish_owed(room.host, room.runs)) is not None:
            tell(args, room, report)
