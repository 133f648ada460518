"""The options of `clawupgrade config`."""

from __future__ import annotations

import argparse
from typing import Any


def add_config(
    commands: argparse._SubParsersAction[Any], where: argparse.ArgumentParser
) -> argparse._SubParsersAction[Any]:
    """`config` with a command of its own for each thing that can be asked of one; what comes back takes more."""
    top = commands.add_parser("config", help="OpenClaw's config: compare, migrate, check")
    inner: argparse._SubParsersAction[Any] = top.add_subparsers(dest="act", metavar="WHAT", required=True)
    diff = inner.add_parser("diff", parents=[where], help="what a run made of it, or what a version would")
    diff.add_argument("of", nargs="?", metavar="RUN|VERSION", help="default: the last run")
    migrate = inner.add_parser("migrate", parents=[where], help="give it the shape that a version wants")
    migrate.add_argument("--to", metavar="VERSION", help="default: the installed version")
    migrate.add_argument("--check", action="store_true", help="only say what would change; exit 2 if anything")
    inner.add_parser("validate", parents=[where], help="read it as OpenClaw does, and ask the installed release")
    inner.add_parser("restore-comments", parents=[where], help="give it back the comments that OpenClaw took out")
    return inner
