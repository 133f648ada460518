"""Opens what a command needs: the fence, the lock, the host, the runs; and closes it in order."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.cli.listeners import telling
from clawupgrade.cli.losses import chosen_losses, person
from clawupgrade.cli.offline import bundle_of
from clawupgrade.cli.place import installation_folder, meant_environment, own_account, served_account
from clawupgrade.errors import Broken, ClawupgradeError, Stopped
from clawupgrade.host.clock import SystemClock
from clawupgrade.host.fence import SignalFence
from clawupgrade.host.machine import build_host
from clawupgrade.host.runs import FolderRuns
from clawupgrade.host.telling import Telling
from clawupgrade.model import Account, Engine, Request
from clawupgrade.ports import Host

if TYPE_CHECKING:
    from clawupgrade.host.lock import Lock
    from clawupgrade.render.live import View


class Room(Struct, frozen=True):
    """One installation, ready to be worked on. `folder` holds its runs and snapshots."""

    folder: Path
    host: Host
    runs: FolderRuns
    request: Request
    lock: Lock | None = None
    say: Telling | None = None
    view: View | None = None

    def go_on(self) -> None:
        """What was looked at is shown next: the view gives the terminal back.

        Raises Stopped where a signal has cut the looking short: it would not be the truth.
        """
        self.lower_view()
        if (signal := self.host.fence.taken()) is not None:
            raise Stopped(signal)

    def lower_view(self) -> None:
        """The view gives the terminal back before a page is printed: its end would take lines of the page along."""
        if self.view is not None:
            self.view.close()

    def aside(self) -> AbstractContextManager[None]:
        """Within this the terminal is free for a question."""
        return nullcontext() if self.view is None else self.view.aside()

    def name_run(self, run_id: str) -> None:
        """Have the lock say which run is worked on."""
        if self.lock is not None and self.say is not None:
            _named(self.lock, self.say)(run_id)


def folder_of(args: argparse.Namespace) -> Path:
    """The installation's folder: from a run's folder where a watcher was given one, else by its name."""
    if getattr(args, "folder", None):
        return Path(args.folder).parent.parent
    meant = (getattr(args, "compose", ""), getattr(args, "service", ""))
    return installation_folder(own_account(), os.environ, args.profile, compose=meant)


@contextmanager
def opened(args: argparse.Namespace, *, locked: bool) -> Iterator[Room]:
    """With `locked`, nobody else works on this installation meanwhile.

    Raises:
        Busy: somebody else does.
    """
    folder = folder_of(args)
    with (
        SignalFence() as fence,
        telling(args, folder, SystemClock(fence.wait), os.environ, lambda: fence.first is not None) as (say, view),
    ):
        if not locked:
            with _in_plain_words(_room(args, folder, fence, None, say, view)) as room:
                yield room
            return
        from clawupgrade.cli.whole import load_all
        from clawupgrade.host.children import Children
        from clawupgrade.host.lock import hold

        load_all()
        children = Children(folder / "children")
        with (
            hold(folder, args.command, children=children, timeout=args.lock_timeout, wait=_stoppable(fence)) as lock,
            _in_plain_words(_room(args, folder, fence, lock, say, view)) as room,
        ):
            yield room


def _stoppable(fence: SignalFence) -> Callable[[float], None]:
    def wait(seconds: float) -> None:
        fence.wait(seconds)
        if fence.first is not None:
            raise Stopped(fence.first)

    return wait


@contextmanager
def _in_plain_words(room: Room) -> Iterator[Room]:
    """What a signal has ended failed by that; and no error quotes a secret."""
    try:
        yield room
    except ClawupgradeError as error:
        if not isinstance(error, Broken):
            room.go_on()
        error.message, error.hint = room.host.veil(error.message), room.host.veil(error.hint)
        raise


def _room(
    args: argparse.Namespace, folder: Path, fence: SignalFence, lock: Lock | None, say: Telling, view: View
) -> Room:
    own = own_account()
    account = served_account(own, args.profile)
    descriptor = None if lock is None else lock.descriptor
    host = build_host(folder, own=own, account=account, caller=os.environ, fence=fence, lock=descriptor, say=say)
    host = replace(host, ask=_aside(view, person(args)))
    runs = FolderRuns(folder, host.clock, _unnamed if lock is None else _named(lock, say))
    return Room(folder, host, runs, _request(args, account), lock, say, view)


def _aside(view: View, ask: Callable[[str], bool]) -> Callable[[str], bool]:
    def asked(question: str) -> bool:
        with view.aside():
            return ask(question)

    return asked


def _named(lock: Lock, say: Telling) -> Callable[[str], None]:
    def name_run(run_id: str) -> None:
        lock.name_run(run_id)
        say.name_run(run_id)

    return name_run


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
        rehearse=getattr(args, "rehearse", None),
        bundle=bundle_of(args),
        compose=str(Path(args.compose).absolute()) if getattr(args, "compose", "") else "",
        service=getattr(args, "service", ""),
        image=getattr(args, "image", "") or "",
        build=bool(getattr(args, "build", False)),
        write=bool(getattr(args, "write", False)),
    )
