"""Opens what a command needs: the fence, the lock, the host, the runs; and closes it in order."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from clawupgrade.cli.losses import chosen_losses, person
from clawupgrade.cli.place import installation_folder, meant_environment, own_account, served_account
from clawupgrade.host.children import Children
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.fence import SignalFence
from clawupgrade.host.lock import Lock, hold
from clawupgrade.host.machine import build_host
from clawupgrade.host.runs import FolderRuns
from clawupgrade.model import Account, Engine, Request
from clawupgrade.ports import Event, Host
from clawupgrade.render.live import PlainView


@dataclass(frozen=True, slots=True)
class Room:
    """One installation, ready to be worked on. `folder` holds its runs and snapshots."""

    folder: Path
    host: Host
    runs: FolderRuns
    request: Request
    lock: Lock | None = None

    def name_run(self, run_id: str) -> None:
        """Have the lock say which run is worked on."""
        if self.lock is not None:
            self.lock.name_run(run_id)


def folder_of(args: argparse.Namespace) -> Path:
    """The installation's folder: from a run's folder where a watcher was given one, else by its name."""
    if getattr(args, "folder", None):
        return Path(args.folder).parent.parent
    return installation_folder(own_account(), os.environ, args.profile)


@contextmanager
def opened(args: argparse.Namespace, *, locked: bool) -> Iterator[Room]:
    """With `locked`, nobody else works on this installation meanwhile.

    Raises:
        Busy: somebody else does.
    """
    folder = folder_of(args)
    say = PlainView(verbose=args.verbose, quiet=args.quiet)
    with SignalFence() as fence:
        clock = SystemClock(fence.wait)
        if not locked:
            yield _room(args, folder, fence, None, say)
            return
        with hold(
            folder, args.command, children=Children(folder / "children"), timeout=args.lock_timeout, wait=clock.sleep
        ) as lock:
            yield _room(args, folder, fence, lock, say)


def _room(
    args: argparse.Namespace, folder: Path, fence: SignalFence, lock: Lock | None, say: Callable[[Event], None]
) -> Room:
    own = own_account()
    account = served_account(own, args.profile)
    descriptor = None if lock is None else lock.descriptor
    host = build_host(folder, own=own, account=account, caller=os.environ, fence=fence, lock=descriptor, say=say)
    host = replace(host, ask=person(args))
    runs = FolderRuns(folder, host.clock, _unnamed if lock is None else lock.name_run)
    return Room(folder, host, runs, _request(args, account), lock)


def _unnamed(run_id: str) -> None:
    raise AssertionError(f"run {run_id} would begin without the lock")


def _request(args: argparse.Namespace, account: Account) -> Request:
    engine = getattr(args, "engine", None)
    return Request(
        environ=meant_environment(os.environ, account),
        account=account,
        to=getattr(args, "to", None),
        channel=getattr(args, "channel", None) or "stable",
        engine=Engine(engine) if engine else None,
        allow_downgrade=getattr(args, "allow_downgrade", False),
        profile=args.profile,
        node=getattr(args, "node", None),
        losses=chosen_losses(args),
        leave_out=tuple(getattr(args, "leave_out", ())),
    )
