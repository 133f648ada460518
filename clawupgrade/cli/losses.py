"""What a loss means for a run, from the command line, and the person who may be asked about one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable


def add_losses(parser: argparse.ArgumentParser) -> None:
    """Add the options; which rows there are stands in docs/reference/conservation.md.

    The rows bring the whole of the config's reading along: they are imported only where one is named.
    """
    parser.add_argument(
        "--loss",
        action="append",
        default=[],
        type=_choice,
        metavar="ROW=POLICY",
        help="a loss in cron, agents, …: rollback, ask or accept",
    )
    parser.add_argument(
        "--accept-loss", action="append", default=[], type=_row, metavar="ROW", help="the same as --loss ROW=accept"
    )


def chosen_losses(args: argparse.Namespace) -> tuple[tuple[str, str], ...]:
    """(row, policy) as they were asked for; the last of equal rows counts."""
    accepted = [(row, "accept") for row in getattr(args, "accept_loss", [])]
    return tuple(dict([*getattr(args, "loss", []), *accepted]).items())


def person(args: argparse.Namespace) -> Callable[[str], bool]:
    """Asks whoever sits at the terminal; nobody does under --yes, --json, a timer or a pipe."""
    from clawupgrade.ports import nobody

    is_alone = getattr(args, "yes", False) or args.json or not sys.stdin.isatty()
    return nobody if is_alone else _ask


def _ask(question: str) -> bool:
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _choice(text: str) -> tuple[str, str]:
    from clawupgrade.conservation.rows import KEYS, OnLoss

    row, _, policy = text.partition("=")
    policies = [each.value for each in OnLoss]
    if row not in KEYS or policy not in policies:
        raise argparse.ArgumentTypeError(f"“{text}” is not ROW={'|'.join(policies)} with a row of {', '.join(KEYS)}")
    return row, policy


def _row(text: str) -> str:
    from clawupgrade.conservation.rows import KEYS

    if text not in KEYS:
        raise argparse.ArgumentTypeError(f"“{text}” is none of {', '.join(KEYS)}")
    return text
