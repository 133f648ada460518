"""The options of `clawupgrade snapshot`: sizes and ages as people write them."""

from __future__ import annotations

import argparse
import re
from typing import Any

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?)B?", re.IGNORECASE)
_FACTORS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def add_snapshot(commands: argparse._SubParsersAction[Any], where: argparse.ArgumentParser) -> None:
    """`snapshot` with a command of its own for each thing that can be done to one."""
    top = commands.add_parser("snapshot", help="take, try out, keep or carry away snapshots")
    inner = top.add_subparsers(dest="act", metavar="WHAT", required=True)

    create = inner.add_parser("create", parents=[where], help="take one now; the gateway goes on serving")
    create.add_argument("--pin", action="store_true", help="keep it whatever prune says")

    add_leave_out(create)

    inner.add_parser("list", parents=[where], help="all that there are")

    verify = inner.add_parser("verify", parents=[where], help="read back, and restore into a scratch folder")
    verify.add_argument("snapshot", nargs="?", metavar="SNAPSHOT", help="which one (default: the newest)")
    verify.add_argument("--all", action="store_true", help="every one")
    verify.add_argument("--no-drill", action="store_true", help="only read back")

    prune = inner.add_parser("prune", parents=[where], help="let old snapshots and kept packages go")
    prune.add_argument("--keep", type=_count, metavar="N", help="at most so many (default: 14)")
    prune.add_argument("--older-than", type=_days, metavar="DAYS", help="none that is older (default: 90)")
    prune.add_argument("--max-size", type=size, metavar="SIZE", help="at most so much in all, such as 20G")
    prune.add_argument("--min-free", type=size, metavar="SIZE", help="so much shall be free afterwards")
    prune.add_argument("--dry-run", action="store_true", help="only say what would go")

    for act, words in (("pin", "keep one whatever prune says"), ("unpin", "let prune decide again")):
        inner.add_parser(act, parents=[where], help=words).add_argument("snapshot", metavar="SNAPSHOT")

    export = inner.add_parser("export", parents=[where], help="write one as a tar, encrypted if asked for")
    export.add_argument("snapshot", nargs="?", metavar="SNAPSHOT", help="which one (default: the newest)")
    export.add_argument("--to", required=True, metavar="FILE", help="the file to write, 0600")
    export.add_argument("--recipient", action="append", default=[], metavar="age1…", help="encrypt for this age key")


def add_leave_out(options: argparse.ArgumentParser) -> None:
    """What of the state a snapshot shall not hold; a way back then leaves it as it is."""
    options.add_argument(
        "--leave-out",
        action="append",
        default=[],
        type=_pattern,
        metavar="WHAT",
        help="caches, media or a pattern: not in the snapshot",
    )


def size(text: str) -> int:
    """Bytes of `20G`, `1.5 GB`, `800M`, `1000`; decimal, as disks are sold.

    >>> size("1.5G"), size("20 kB"), size("7")
    (1500000000, 20000, 7)
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"“{text}” is no size; write it like 20G or 800M")
    return int(float(match[1]) * _FACTORS[match[2].lower()])


def _pattern(text: str) -> str:
    if not text.strip("/*. ") or text.startswith("/") or ".." in text.split("/"):
        raise argparse.ArgumentTypeError(f"“{text}” is no pattern in the state folder, or would leave out all of it")
    return text.rstrip("/")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is no number of snapshots; one is the least")
    return int(text)


def _days(text: str) -> float:
    try:
        days = float(text.removesuffix("d"))
    except ValueError:
        days = -1.0
    if not 0 <= days < 1e6:
        raise argparse.ArgumentTypeError(f"“{text}” is no number of days")
    return days
