"""All commands and options; help, completion and the man page come from here."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from clawupgrade import __version__
from clawupgrade.cli.commands import NAMES
from clawupgrade.cli.config_options import add_config
from clawupgrade.cli.fleet_options import add_bundle, add_fleet
from clawupgrade.cli.helping import COMMON, Parser, describe
from clawupgrade.cli.losses import add_losses
from clawupgrade.cli.only import only
from clawupgrade.cli.policy_options import add_policy, add_settings, add_wishes
from clawupgrade.cli.snapshot_options import add_leave_out, add_snapshot
from clawupgrade.errors import UsageError


def parse(words: Sequence[str]) -> argparse.Namespace:
    """What was typed. Raises UsageError, with what was probably meant."""
    typed = words[0] if words and words[0] in NAMES else ""
    try:
        return parser(typed).parse_args(words)
    except UsageError:
        if not typed:
            raise
        return parser().parse_args(words)  # the same once more, with all that could have been meant


def parser(typed: str = "") -> argparse.ArgumentParser:
    """All commands and options, for help, completion and the man page too; or those of the one that was typed."""
    top = Parser(prog="clawupgrade", description="all new, or all old; proven")
    top.add_argument("--version", action="version", version=f"clawupgrade {__version__}")
    one: dict[str, Any] = {"action": only(typed)} if typed else {}
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, prog="clawupgrade", **one)

    where = Parser(add_help=False)
    common = where.add_argument_group(COMMON)
    common.add_argument("--profile", default="", metavar="NAME", help="OpenClaw's profile (~/.openclaw-NAME)")
    common.add_argument("--json", action="store_true", help="one JSON document on stdout")
    common.add_argument("--quiet", action="store_true", help="only errors, and the verdict of a change")
    common.add_argument("--verbose", action="store_true", help="show each command's output")
    common.add_argument("--events", metavar="FILE", help="each event as a line of JSON; - is standard output")
    common.add_argument("--lock-timeout", type=float, default=0.0, metavar="S", help="wait for another run")

    common.add_argument(
        "--compose",
        nargs="?",
        const=".",
        default="",
        metavar="PATH",
        help="a Compose project: its file or folder (default: this)",
    )
    common.add_argument("--service", default="", metavar="NAME", help="which service of the Compose project")

    what = Parser(add_help=False)
    what.add_argument("--image", default="", metavar="REF", help="the container image to change to")
    what.add_argument("--build", action="store_true", help="build the Compose project's image, and change to that")
    what.add_argument("--write", action="store_true", help="the compose file itself may be edited to pin the image")
    what.add_argument("--to", metavar="VERSION", help="the exact version (default: the channel's newest)")
    what.add_argument("--channel", help="stable, beta or another dist-tag (default: stable)")
    what.add_argument(
        "--engine", choices=("clone", "inplace"), metavar="WAY", help="clone (built beside, exchanged) or inplace"
    )
    what.add_argument("--node", metavar="PATH", help="the Node.js that the service shall use")
    what.add_argument("--allow-downgrade", action="store_true", help="also to an older version")
    clone = "all on a clone first, or not (default: where it works)"
    what.add_argument("--rehearse", action=argparse.BooleanOptionalAction, default=None, help=clone)
    add_leave_out(what)
    add_bundle(what)
    what.add_argument("--now", action="store_true", help="do not wait for a window, or until the gateway is idle")
    what.add_argument("--force", action="store_true", help="whatever hold, skip list, quarantine or age say")
    add_losses(what)
    wishes = Parser(add_help=False)
    add_wishes(wishes)

    run = commands.add_parser("run", parents=[where, what, wishes], help="upgrade, prove it, or roll back")
    run.add_argument("--soak", metavar="SPAN", help="watch so long afterwards (default: 10m; 0: not at all)")
    run.add_argument("--confirm-by", metavar="SPAN", help="take it back unless confirmed within this")
    run.add_argument("--all", action="store_true", help="every installation that clawupgrade.toml names")
    run.add_argument("--yes", action="store_true", help="do not ask")
    commands.add_parser("stage", parents=[where, what, wishes], help="build and rehearse now what run will switch to")
    plan = commands.add_parser("plan", parents=[where, what, wishes], help="show what run would do")
    plan.add_argument("--no-exit-code", action="store_true", help="exit 0 also when changes are pending")
    commands.add_parser("status", parents=[where], help="what is installed, and how the gateway is")
    again = commands.add_parser("recover", parents=[where], help="bring a run that was cut off to its end")
    again.add_argument("--retry", metavar="RUN", help="go on with a run that is stuck")
    again.add_argument("--folder", help=argparse.SUPPRESS)
    again.add_argument("--before-gateway", action="store_true", help=argparse.SUPPRESS)
    for name in ("deadman", "probe"):
        # For the watcher of a run and for its independent handshake; not for people.
        commands.add_parser(name, parents=[where]).add_argument("--folder", required=True)
    ill = commands.add_parser("diagnose", parents=[where], help="why clients get no entrance (1008), and its cure")
    ill.add_argument("--fix", action="store_true", help="mend what can be mended; else it stays as it was")
    ill.add_argument("--pair", action="store_true", help="with --fix: this machine's own device may be approved")
    back = commands.add_parser("rollback", parents=[where], help="take an upgrade back")
    back.add_argument("run", nargs="?", metavar="RUN", help="the run (default: the last that changed something)")
    back.add_argument("--to", metavar="SNAPSHOT", help="to this snapshot, with its state")
    back.add_argument("--yes", action="store_true", help="do not ask")
    back.add_argument("--discard-changes", action="store_true", help="although somebody changed something since")
    state = back.add_mutually_exclusive_group()
    state.add_argument("--restore-state", action="store_true", help="put the state back as well")
    state.add_argument("--keep-state", action="store_true", help="never touch the state")
    back.add_argument("--undo", action="store_true", help="take the last rollback back")
    init = commands.add_parser("init", parents=[where], help="write the timer and the boot units")
    kind = init.add_mutually_exclusive_group()
    kind.add_argument("--units", action="store_true", help="systemd units, beside the gateway's")
    kind.add_argument("--cron", action="store_true", help="a line of this account's crontab")
    kind.add_argument("--launchd", action="store_true", help="a LaunchAgent (macOS)")
    kind.add_argument("--make", metavar="FILE", help="targets for the Makefile of an ops repository")
    init.add_argument("--remove", action="store_true", help="take away what init has written")
    init.add_argument("--yes", action="store_true", help="do not ask")
    add_snapshot(commands, where)
    add_policy(commands, where)
    add_settings(add_config(commands, where), where, wishes)
    past = commands.add_parser("history", parents=[where], help="the runs so far")
    past.add_argument("--config", action="store_true", help="how the config changed, secrets masked")
    show = commands.add_parser("show", parents=[where], help="one run, step by step")
    show.add_argument("run", nargs="?", metavar="RUN")
    show.add_argument("--diff", action="store_true", help="what it made of the config, secrets masked")
    tried = commands.add_parser("doctor", parents=[where], help="whether a job of cron would work here")
    tried.add_argument("--as-cron", action="store_true", help="with cron's PATH and without a session's bus")
    commands.add_parser("confirm", parents=[where], help="say that the last upgrade is well: its watch ends")
    looks = commands.add_parser("tend", parents=[where])  # for the timer that a run leaves; not for people
    looks.add_argument("--until-done", action="store_true")
    told = commands.add_parser("notice", help="what somebody is to be told: list, send now, clear, try out")
    acts = told.add_subparsers(dest="act", metavar="WHAT", required=True)
    for act in ("list", "send", "clear", "test", "failed"):  # the last is for the nightly service's OnFailure=
        acts.add_parser(act, parents=[where])
    shells = commands.add_parser("completion", help="what a shell needs to complete all this")
    shells.add_argument("shell", choices=("bash", "zsh", "fish"), metavar="SHELL", help="bash, zsh or fish")
    commands.add_parser("self-check", parents=[where], help="whether clawupgrade itself is whole and can work here")
    shape = commands.add_parser("schema", parents=[where], help="the JSON Schema of a document that --json prints")
    shape.add_argument("name", nargs="?", metavar="NAME", help="such as result.v1 (default: name them all)")
    for name, words in (("report", "one run as one HTML file"), ("support-bundle", "a tar for whoever helps")):
        made = commands.add_parser(name, parents=[where], help=f"{words}, without secrets")
        made.add_argument("--to", metavar="FILE", help="the file to write (default: in this folder)")
        if name == "report":
            made.add_argument("run", nargs="?", metavar="RUN", help="default: the last one")
    add_fleet(commands, where)
    describe(top)
    return top
