"""What an ended run has left to do, done a bit at a time: look at the gateway, send notices; and who calls for it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from clawupgrade.app.finish import finish, note_result
from clawupgrade.app.notifying import outbox_of
from clawupgrade.app.rollback import Back, rollback
from clawupgrade.app.soaking import look, soak_of
from clawupgrade.engine.runs import Runs
from clawupgrade.errors import ClawupgradeError, Exit
from clawupgrade.model import Account, Outcome, Report, Request
from clawupgrade.openclaw import tending_units
from clawupgrade.policy.soak import KEPT_AS, GoOn, Over, Soak, TakeBack, judge_look
from clawupgrade.ports import Command, Host

_QUICK = 60.0


class Tender(Struct, frozen=True):
    """Who calls `tend` again: units of one manager. scope: `user` or `system`; account: whose manager a user's is."""

    scope: str
    folder: str
    account: Account
    argv: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    suffix: str = ""


def has_work(runs: Runs) -> bool:
    """Whether anything is left to do."""
    return soak_of(runs) is not None or bool(outbox_of(runs).waiting)


def tend_soak(
    host: Host, runs: Runs, request: Request, run_id: Callable[[], str], program: tuple[str, ...]
) -> Report | None:
    """One look at what is watched; a report where that ended it with an upgrade taken back, or one that cannot be.

    Nobody who has taken the version or the config into his own hands since is overruled: then a person is told.
    """
    soak = soak_of(runs)
    if soak is None:
        return None
    turn = judge_look(soak, look(host, runs, soak), host.clock.now())
    match turn:
        case GoOn(after):
            if after != soak:
                runs.keep(KEPT_AS, msgspec.to_builtins(after))
            return None
        case Over():
            runs.keep(KEPT_AS, {})
            return None
        case TakeBack(reason):
            return _take_back(host, runs, request, soak, reason, run_id, program)


def _take_back(
    host: Host,
    runs: Runs,
    request: Request,
    soak: Soak,
    reason: str,
    run_id: Callable[[], str],
    program: tuple[str, ...],
) -> Report:
    back = Back(of=soak.run_id, why=reason)
    try:
        found = rollback(host, runs, request, run_id(), program=program, agree=lambda _: None, back=back)
    except ClawupgradeError as error:
        if error.exit_code == Exit.BUSY:
            raise  # the next look tries again
        runs.keep(KEPT_AS, {})
        message = f"{reason}; it was not taken back: {error.message}"
        report = Report(Outcome.NEEDS_PERSON, int(Exit.NEEDS_PERSON), message=host.veil(message), hint=error.hint)
        note_result(host, runs, report)
        return report
    found = finish(host, runs, found)
    if found.outcome in (Outcome.UPGRADED, Outcome.NEEDS_PERSON):
        message = f"rolled back to {found.to_version}: {reason}"
        found = replace(found, outcome=Outcome.ROLLED_BACK, exit_code=int(Exit.ROLLED_BACK), message=message)
    runs.keep(KEPT_AS, {})
    note_result(host, runs, found)
    return found


def arrange(host: Host, tender: Tender) -> bool:
    """Have `tend` called every minute from now on, also after a reboot; whether a manager took it on. Idempotent."""
    wanted = tending_units.texts(tender.argv, tender.environment, tender.suffix)
    paths = [(f"{tender.folder}/{name}", text.encode()) for name, text in wanted]
    if not _tell(host, tender, "daemon-reload"):
        return False
    _, timer = tending_units.names(tender.suffix)
    try:
        host.files.make_folder(tender.folder, mode=0o755)
        for path, content in paths:
            if host.files.read(path) != content:
                host.files.write(path, content, mode=0o644)
    except OSError:
        return False  # a system folder that takes no file: whoever called finds another way
    return _tell(host, tender, "daemon-reload") and _tell(host, tender, "enable", "--now", timer)


def dismiss(host: Host, tender: Tender) -> None:
    """Nobody has to be called any more. Idempotent; cheap where nothing was arranged."""
    service, timer = tending_units.names(tender.suffix)
    ours = [path for name in (service, timer) if host.files.exists(path := f"{tender.folder}/{name}")]
    if not ours:
        return
    _tell(host, tender, "disable", "--now", timer)
    for path in ours:
        host.files.remove(path)
    _tell(host, tender, "daemon-reload")


def _tell(host: Host, tender: Tender, *words: str) -> bool:
    account = tender.account if tender.scope == "user" else None
    argv = ("systemctl", f"--{tender.scope}", "--no-ask-password", *words)
    try:
        return host.commands.run(Command(argv, account=account, wall=_QUICK)).ok
    except ClawupgradeError:
        return False  # no systemctl here
