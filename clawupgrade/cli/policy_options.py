"""The options of what the operator wishes: configuration, hold, quarantine."""

from __future__ import annotations

import argparse
from typing import Any


def add_wishes(parser: argparse.ArgumentParser) -> None:
    """Where the configuration is, and what overrules it."""
    parser.add_argument("--config", metavar="FILE", help="clawupgrade.toml (default: in ~/.config/clawupgrade)")
    parser.add_argument("--installation", metavar="NAME", help="one that clawupgrade.toml names")
    parser.add_argument("--set", action="append", metavar="KEY=VALUE", help="overrule one setting")


def add_policy(commands: argparse._SubParsersAction[Any], where: argparse.ArgumentParser) -> None:
    """`hold`, `unhold` and `quarantine`."""
    hold = commands.add_parser("hold", parents=[where], help="let no upgrade begin")
    hold.add_argument("--until", metavar="WHEN", help="3d, 2026-12-01 or 2026-12-01T08:00")
    hold.add_argument("--reason", default="", help="for whoever wonders later")
    commands.add_parser("unhold", parents=[where], help="let upgrades begin again")
    top = commands.add_parser("quarantine", help="versions that failed here and are passed over")
    inner = top.add_subparsers(dest="act", metavar="WHAT", required=True)
    inner.add_parser("list", parents=[where], help="all that there are")
    add = inner.add_parser("add", parents=[where], help="pass over a version that failed on another host")
    add.add_argument("version", metavar="VERSION")
    add.add_argument("--cause", default="it failed on another host", help="what failed, and where")
    clear = inner.add_parser("clear", parents=[where], help="let a version be tried again")
    clear.add_argument("version", nargs="?", metavar="VERSION", help="which one (default: all)")


def add_settings(
    acts: argparse._SubParsersAction[Any], where: argparse.ArgumentParser, wishes: argparse.ArgumentParser
) -> None:
    """`config show`."""
    show = acts.add_parser("show", parents=[where, wishes], help="clawupgrade's own settings, as they hold")
    show.add_argument("--origin", action="store_true", help="and where each comes from")
