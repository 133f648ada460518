"""`tend`, `confirm` and `notice`: what a run has left to do, done bit by bit, by a timer or by a person."""

from __future__ import annotations

import argparse
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from clawupgrade.app import notifying
from clawupgrade.app.report import result_document
from clawupgrade.app.soaking import confirm as confirm_soak
from clawupgrade.app.soaking import soak_of
from clawupgrade.app.tending import Tender, arrange, dismiss, has_work, tend_soak
from clawupgrade.cli.place import carried_environment, own_account, own_program, served_account
from clawupgrade.cli.room import Room, folder_of, opened
from clawupgrade.cli.wishes import config_path
from clawupgrade.errors import Busy, Exit, FailedClean
from clawupgrade.host.channels import channels_for
from clawupgrade.model import Outcome, Report
from clawupgrade.policy.notices import Level, Notice
from clawupgrade.policy.settings import Settings
from clawupgrade.ports import Command
from clawupgrade.render.documents import print_json

_TICK = 60.0


def place_of(folder: Path) -> str:
    """Names machine and installation in a notice."""
    name = folder.name
    return socket.gethostname() if name == "default" else f"{socket.gethostname()}/{name}"


def send_notices(room: Room, settings: Settings) -> tuple[Notice, ...]:
    """Send what is due; what waits on. Only one process at a time sends."""
    channels = channels_for(settings.notice_urls, settings.notice_command, room.host.commands)
    with _alone(room.folder / "outbox.lock"):
        return notifying.send_due(room.host, room.runs, channels, settings.notice_expire)


def look_after(args: argparse.Namespace, room: Room) -> None:
    """Have a timer call us while something is left to do, and no longer."""
    tender = tender_of(args)
    if not has_work(room.runs):
        dismiss(room.host, tender)
    elif not arrange(room.host, tender):
        # No service manager: a process of our own that sleeps between looks. A reboot ends it; the next command
        # goes on.
        argv = (*tender.argv, "--until-done")
        if not _is_tended(room.folder):
            room.host.commands.detach(Command(argv, env=tender.environment), str(room.folder / "tend.log"))


def tender_of(args: argparse.Namespace) -> Tender:
    """Whose timer it is: the system's for root, else the user's."""
    own = own_account()
    account = served_account(own, args.profile)
    scope, folder = ("system", "/etc/systemd/system") if own.uid == 0 else ("user", f"{own.home}/.config/systemd/user")
    environment = dict(carried_environment(os.environ))
    if own.uid == 0:
        environment |= {"HOME": own.home}
    asked = getattr(args, "config", None)
    environment["CLAWUPGRADE_CONFIG"] = str(Path(asked).absolute()) if asked else str(config_path(os.environ))
    if not Path(environment["CLAWUPGRADE_CONFIG"]).exists():
        del environment["CLAWUPGRADE_CONFIG"]
    name = getattr(args, "installation", None) or os.environ.get("CLAWUPGRADE_INSTALLATION", "")
    if name:
        environment["CLAWUPGRADE_INSTALLATION"] = name
    base = folder_of(args).name
    suffix = "" if base == "default" else f"-{base}"
    argv = (*own_program(), "tend", "--quiet", *(("--profile", args.profile) if args.profile else ()))
    return Tender(scope, folder, account if own.uid else own, argv, tuple(sorted(environment.items())), suffix)


def tend(args: argparse.Namespace) -> int:
    """Look once at what is left to do; with `--until-done` again and again, where no timer can be had."""
    found = _until_done(args) if args.until_done else _once(args)
    if args.json:
        message = "nothing was taken back"
        print_json(result_document(found or Report(Outcome.NOTHING_TO_DO, int(Exit.OK), message=message)))
    return found.exit_code if found else int(Exit.OK)


def _until_done(args: argparse.Namespace) -> Report | None:
    found: Report | None = None
    with ExitStack() as held:
        try:
            held.enter_context(_alone(folder_of(args) / "tend.lock", at_once=True))
        except Busy:
            return None  # another one of us is at it
        while _is_work_left(args):
            time.sleep(_TICK)
            with suppress(Busy):  # somebody is at work: the next look comes
                found = _once(args) or found
    return found


def _is_work_left(args: argparse.Namespace) -> bool:
    with opened(args, locked=False) as room:
        return has_work(room.runs)


def confirm(args: argparse.Namespace) -> int:
    """A person says that the upgrade is well."""
    with opened(args, locked=False) as room:
        found = confirm_soak(room.runs)
        look_after(args, room)
    return _shown(
        args, Report(Outcome.NOTHING_TO_DO, int(Exit.OK), found.run_id, message=f"{found.version} is confirmed")
    )


def notice(args: argparse.Namespace) -> int:
    """List, send, clear or try out notices."""
    from clawupgrade.cli.aftermath import settings_of
    from clawupgrade.render.notices import show_notices

    with opened(args, locked=False) as room:
        settings = settings_of(args, room)
        match args.act:
            case "test":
                _try_out(room, settings)
            case "send":
                send_notices(room, settings)
            case "failed":
                if settings.notice_urls or settings.notice_command:
                    place, when = place_of(room.folder), settings.notice_when
                    notifying.note_silent_end(room.host, room.runs, place=place, when=when)
                send_notices(room, settings)
            case "clear":
                notifying.clear(room.runs)
        waiting = notifying.outbox_of(room.runs).waiting
        if args.act != "list":
            look_after(args, room)
        show_notices(waiting, as_json=args.json, quiet=args.quiet, tested=args.act == "test")
    return int(Exit.OK)


def _try_out(room: Room, settings: Settings) -> None:
    now = room.host.clock.now()
    message = Notice("test", Level.NOTHING, f"{place_of(room.folder)}: a test", "It works.", now, now)
    channels = channels_for(settings.notice_urls, settings.notice_command, room.host.commands)
    if not channels:
        raise FailedClean("nobody is to be told", "set notice.urls or notice.command in clawupgrade.toml")
    for send in channels.values():
        send(message)


def _once(args: argparse.Namespace) -> Report | None:
    """A report where the watch ended with something to tell."""
    from clawupgrade.cli.aftermath import settings_of, tell

    report: Report | None = None
    with opened(args, locked=False) as room:
        watches = soak_of(room.runs) is not None
    if watches:
        with opened(args, locked=True) as room:
            report = tend_soak(room.host, room.runs, room.request, room.runs.new_id, own_program())
            if report is not None:
                tell(args, room, report)
    with opened(args, locked=False) as room:
        send_notices(room, settings_of(args, room))
        if not args.until_done:
            look_after(args, room)
    return report


def _shown(args: argparse.Namespace, report: Report) -> int:
    from clawupgrade.render.results import show_report

    return show_report(report, as_json=args.json, quiet=args.quiet)


def _is_tended(folder: Path) -> bool:
    try:
        with _alone(folder / "tend.lock", at_once=True):
            return False
    except Busy:
        return True


@contextmanager
def _alone(path: Path, *, at_once: bool = False) -> Iterator[None]:
    """Hold a lock of its own, beside the run's: no notice waits for an upgrade.

    Raises:
        Busy: at_once, and somebody else holds it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (fcntl.LOCK_NB if at_once else 0))
        yield
    except BlockingIOError as error:
        raise Busy(f"{path} is held by another clawupgrade") from error
    finally:
        os.close(descriptor)
