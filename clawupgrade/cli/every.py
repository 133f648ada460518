"""`run --all`: every installation that clawupgrade.toml names, one after the other, each a command of its own."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
from types import FrameType
from typing import Any

from clawupgrade.cli.place import own_program
from clawupgrade.cli.wishes import configured_installations
from clawupgrade.errors import Exit, UsageError, signalled
from clawupgrade.openclaw.output import json_document
from clawupgrade.render.documents import print_json

_GRAVEST = (Exit.BROKEN, Exit.ROLLED_BACK, Exit.NEEDS_PERSON, Exit.FAILED_CLEAN, Exit.CONFIG, Exit.REFUSED, Exit.BUSY)
_TAKEN = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_all(args: argparse.Namespace) -> int:
    """Upgrade them all; the exit code is the gravest one. A signal goes to the one at work, and is the last."""
    names = configured_installations(args)
    if not names:
        raise UsageError("clawupgrade.toml names no installation", "write [installations.NAME]")
    if args.profile or args.installation or args.to:
        raise UsageError("--all means every installation, and one was named as well", "leave one of them out")
    if args.events == "-":
        raise UsageError("with --all, --events - would mix several runs", "give --events FILE")
    results: dict[str, Any] = {}
    codes: list[int] = []
    for name in names:
        code, out, stopped = _one(args, name)
        codes.append(code)
        results[name] = json_document(out) if args.json else None
        if not args.json and out.strip():
            print("".join(f"{name}: {line}\n" for line in out.splitlines()), end="")
        if stopped is not None:
            codes.append(int(signalled(stopped)))
            break
    worst = next((int(each) for each in _GRAVEST if each in codes), max(codes))
    if args.json:
        changed = any(isinstance(each, dict) and each.get("changed") for each in results.values())
        print_json({"schema": "clawupgrade.all.v1", "exit_code": worst, "changed": changed, "results": results})
    return worst


def _one(args: argparse.Namespace, name: str) -> tuple[int, str, int | None]:
    # All that was asked for holds for each of them.
    asked = [word for word in args.words if word != "--all"]
    words = [*own_program(), *asked, "--yes", "--installation", name]
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True)
    met: list[int] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        met.append(number)
        if child.poll() is None:
            os.kill(child.pid, number)

    before = {each: signal.signal(each, pass_on) for each in _TAKEN if signal.getsignal(each) != signal.SIG_IGN}
    try:
        out, _ = child.communicate()
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    return child.returncode, out, met[0] if met else None
