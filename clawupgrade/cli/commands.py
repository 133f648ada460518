"""What each command does with a room: call one use case, render what comes back."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from clawupgrade.app.changes import config_history, run_diff
from clawupgrade.app.finish import finish, note_failure
from clawupgrade.app.probe import WELL_ENOUGH, probe
from clawupgrade.app.recover import open_run, recover
from clawupgrade.app.report import report_of, result_document
from clawupgrade.app.rollback import Return, rollback
from clawupgrade.app.shelter import shelter
from clawupgrade.app.staging import stage
from clawupgrade.app.upgrade import Prospect, prospect, upgrade
from clawupgrade.cli import evidence
from clawupgrade.cli.aftermath import tell
from clawupgrade.cli.as_cron import doctor
from clawupgrade.cli.back import back_of, refuse_silent_loss
from clawupgrade.cli.bundle import bundle
from clawupgrade.cli.completion import print_shell_code
from clawupgrade.cli.config import config
from clawupgrade.cli.diagnose import diagnose
from clawupgrade.cli.every import run_all
from clawupgrade.cli.fleet import fleet
from clawupgrade.cli.guard import guard
from clawupgrade.cli.place import own_program
from clawupgrade.cli.policy import hold, quarantine, unhold
from clawupgrade.cli.room import Room, opened
from clawupgrade.cli.schedules import schedule
from clawupgrade.cli.schema import schema
from clawupgrade.cli.self_check import self_check
from clawupgrade.cli.snapshots import snapshot
from clawupgrade.cli.tend import confirm, notice, tend
from clawupgrade.cli.units import init
from clawupgrade.cli.wishes import gate_of, wishes_of
from clawupgrade.errors import ClawupgradeError, ConfigInvalid, Exit, Refused, UsageError
from clawupgrade.model import Outcome, Plan, Report, plan_from_json
from clawupgrade.openclaw.diff import Mask
from clawupgrade.render.changes import show_config_history, show_run_diff
from clawupgrade.render.pages import show_plan, show_return, show_runs, show_status
from clawupgrade.render.results import print_json, show_report


def dispatch(args: argparse.Namespace) -> int:
    """Run the command that was parsed; comes back with its exit code."""
    return _COMMANDS[args.command](args)


def _run(args: argparse.Namespace) -> int:
    if args.all:
        return run_all(args)
    try:
        gate = gate_of(args, wishes_of(args))
    except ConfigInvalid as error:
        with opened(args, locked=False) as room:
            tell(args, room, note_failure(room.host, room.runs, error))
        raise
    with opened(args, locked=True) as room:

        def agree(found: Prospect) -> None:
            if args.yes or args.json or not sys.stdin.isatty():
                return
            with room.aside():
                show_plan(found, as_json=False)
                _ask("Upgrade?")

        try:
            report = upgrade(
                room.host, room.runs, room.request, room.runs.new_id(), program=own_program(), agree=agree, gate=gate
            )
        except ClawupgradeError as error:
            room.go_on()
            tell(args, room, note_failure(room.host, room.runs, error))
            raise
        return _finished(args, room, finish(room.host, room.runs, report))


def _stage(args: argparse.Namespace) -> int:
    gate = gate_of(args, wishes_of(args))
    with opened(args, locked=True) as room:
        report = stage(room.host, room.runs, room.request, room.runs.new_id(), program=own_program(), gate=gate)
        return _finished(args, room, finish(room.host, room.runs, report))


def _plan(args: argparse.Namespace) -> int:
    gate = gate_of(args, wishes_of(args))
    with opened(args, locked=False) as room:
        found = prospect(room.host, room.runs, room.request, room.runs.new_id(), program=own_program(), gate=gate)
        room.go_on()
        show_plan(found, as_json=args.json)
        return int(Exit.PENDING if found.plan is not None and not args.no_exit_code else Exit.OK)


def _status(args: argparse.Namespace) -> int:
    from clawupgrade.survey.survey import survey

    with opened(args, locked=False) as room:
        last = room.runs.ids()[-1:]
        reports = tuple(report_of(room.runs.load(each).records) for each in last)
        found = survey(room.host, room.request)
        room.go_on()
        show_status(found, reports, as_json=args.json)
    return int(Exit.OK)


def _recover(args: argparse.Namespace) -> int:
    with opened(args, locked=True) as room:
        run_id = Path(args.folder).name if args.folder else args.retry or open_run(room.runs)
        if run_id is not None:
            room.name_run(run_id)
        report = recover(
            room.host,
            room.runs,
            run_id,
            retry=args.retry is not None,
            stop_before="quiesce" if args.before_gateway else "",
        )
        if report is None:
            return _nothing_open(args)
        if args.before_gateway:
            if args.json:
                print_json(result_document(report))
            return int(Exit.OK)
        return _finished(args, room, finish(room.host, room.runs, report))


def _rollback(args: argparse.Namespace) -> int:
    with opened(args, locked=True) as room:

        def agree(found: Return) -> None:
            if args.yes:
                return
            if args.json or not sys.stdin.isatty():
                refuse_silent_loss(found)
                return
            with room.aside():
                show_return(found)
                _ask("Go back?")

        report = rollback(
            room.host,
            room.runs,
            room.request,
            room.runs.new_id(),
            program=own_program(),
            agree=agree,
            back=back_of(args),
        )
        return _finished(args, room, finish(room.host, room.runs, report))


def _history(args: argparse.Namespace) -> int:
    with opened(args, locked=False) as room:
        if args.config:
            show_config_history(config_history(room.host, _fresh_mask()), as_json=args.json)
            return int(Exit.OK)
        show_runs(tuple(report_of(room.runs.load(each).records) for each in room.runs.ids()), as_json=args.json)
    return int(Exit.OK)


def _show(args: argparse.Namespace) -> int:
    with opened(args, locked=False) as room:
        found = room.runs.ids()
        if not found and args.run is None:
            raise UsageError("there is no run yet", "start one: clawupgrade run")
        if args.diff:
            plan = plan_from_json(dict(room.runs.load(args.run or found[-1]).records[0].data))
            show_run_diff(plan.run_id, run_diff(room.host, plan, _fresh_mask()), as_json=args.json)
            return int(Exit.OK)
        report = report_of(room.runs.load(args.run or found[-1]).records)
        show_runs((report,), as_json=args.json, in_full=True)
    return int(Exit.OK)


def _ask(question: str) -> None:
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise Refused("nothing was done", "answer y, or give --yes")


def _finished(args: argparse.Namespace, room: Room, report: Report) -> int:
    tell(args, room, report)
    return show_report(report, as_json=args.json, quiet=args.quiet, changes=_config_changes(args, room, report))


def _config_changes(args: argparse.Namespace, room: Room, report: Report) -> tuple[str, ...] | None:
    """What the run made of the config; None where that is not asked for, or not to be had."""
    if args.json or not report.changed or not report.run_id:
        return None
    try:
        plan = plan_from_json(dict(room.runs.load(report.run_id).records[0].data))
        return run_diff(room.host, plan, _fresh_mask()).lines
    except (ClawupgradeError, OSError):
        return None


def _nothing_open(args: argparse.Namespace) -> int:
    if args.json:
        print_json(result_document(Report(Outcome.NOTHING_TO_DO, int(Exit.OK), message="no run is open")))
    elif not args.quiet:
        print("✓ no run is open; nothing to recover")
    return int(Exit.OK)


def _deadman(args: argparse.Namespace) -> int:
    return guard(args, _recover)


def _probe(args: argparse.Namespace) -> int:
    with opened(args, locked=False) as room:
        verdict = probe(room.host, room.runs, Path(args.folder).name)
        print_json({"schema": "clawupgrade.probe.v1"} | verdict.to_json())
        return int(Exit.OK if verdict.condemns in WELL_ENOUGH else Exit.NEEDS_PERSON)


def _init(args: argparse.Namespace) -> int:
    if args.units:
        return init(args, _ask)
    if args.cron or args.launchd or args.make:
        return schedule(args, _ask)
    if not args.compose:
        raise UsageError("init: what is to be written?", "give --units, --cron, --launchd, --make FILE or --compose")
    return _shelter(args)


def _shelter(args: argparse.Namespace) -> int:
    with opened(args, locked=True) as room:

        def agree(plan: Plan) -> None:
            if not (args.yes or args.json or not sys.stdin.isatty()):
                _ask(f"The gateway is stopped for a moment, its state goes to {plan.landing.state_dir}. Go on?")

        report = shelter(room.host, room.runs, room.request, _new_run_id(), program=own_program(), agree=agree)
        return _finished(args, room, finish(room.host, room.runs, report))


def _diagnose(args: argparse.Namespace) -> int:
    return diagnose(args, _new_run_id)


def _fresh_mask() -> Mask:
    """Digests that tell equal secrets apart within one output, and nothing beyond it."""
    return Mask(secrets.token_bytes(32))


def _snapshot(args: argparse.Namespace) -> int:
    return snapshot(args, _new_run_id())


def _new_run_id() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "stage": _stage,
    "plan": _plan,
    "status": _status,
    "recover": _recover,
    "rollback": _rollback,
    "history": _history,
    "show": _show,
    "init": _init,
    "snapshot": _snapshot,
    "hold": hold,
    "unhold": unhold,
    "quarantine": quarantine,
    "config": config,
    "diagnose": _diagnose,
    "doctor": doctor,
    "schema": schema,
    "completion": print_shell_code,
    "self-check": self_check,
    "tend": tend,
    "confirm": confirm,
    "notice": notice,
    "report": evidence.report,
    "support-bundle": evidence.support_bundle,
    "fleet": fleet,
    "bundle": bundle,
    "deadman": _deadman,
    "probe": _probe,
}
