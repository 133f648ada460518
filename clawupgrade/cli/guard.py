"""The dead-man's process: it names itself, waits without the lock, and recovers when it has to."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable
from pathlib import Path

from clawupgrade.app.recover import open_run
from clawupgrade.app.watch import watch
from clawupgrade.cli.room import folder_of
from clawupgrade.errors import Exit
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.durable import write_file
from clawupgrade.host.identity import Identity, is_alive
from clawupgrade.host.lock import last_holder
from clawupgrade.host.runs import FolderRuns
from clawupgrade.model import Report


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
        holder = last_holder(folder)
        # Whoever holds it for another run has done nothing wrong.
        if holder is not None and holder.run == run_id and is_alive(Identity(holder.pid, holder.ticks, holder.boot)):
            os.kill(holder.pid, signal.SIGKILL)

    watch(runs, run_id, clock, take_over=take_over, end_holder=end_holder)
    return codes[-1] if codes and open_run(runs) == run_id else int(Exit.OK)
