"""The command line: argv in, exit code out."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from clawupgrade import __version__
from clawupgrade.cli.last_word import Ears, one_document
from clawupgrade.cli.outlet import open_outlet, told
from clawupgrade.errors import ClawupgradeError, Exit, Stopped
from clawupgrade.lazily import put_off

__all__ = ["command", "main"]


def command() -> NoReturn:
    """What a shell starts: `main`, and out.

    The interpreter is not taken apart piece by piece, which takes a sixth of a `status`, unless somebody is still at
    work in it.
    """
    outlet = open_outlet()
    try:
        code = main()
    except SystemExit as end:  # argparse, after --help
        code = int(end.code or Exit.OK)
    code = told(outlet, code)
    with suppress(OSError):
        sys.stderr.flush()
    if "threading" in sys.modules and sys.modules["threading"].active_count() > 1:
        sys.exit(code)
    atexit._run_exitfuncs()
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; a known failure is one clear line on stderr, never a traceback."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:  # of all that is asked, the most often, by scripts
        print(f"clawupgrade {__version__}")
        return int(Exit.OK)
    return _ended(words, as_json="--json" in words)


def _ended(words: list[str], *, as_json: bool) -> int:
    # What is imported now stays: looking through it for garbage after every 700 objects takes a tenth of a start.
    gc.set_threshold(20_000, 20, 20)
    put_off("inspect")  # dataclasses imports it for classes without a docstring
    if "_ARGCOMPLETE" in os.environ:
        from clawupgrade.cli.completion import answer
        from clawupgrade.cli.parser import parser

        answer(parser())
    with one_document(as_json=as_json):
        try:
            return _told(words, as_json=as_json)
        except Stopped as error:  # it came while another end was being told
            return _show(error, as_json=as_json)


def _told(words: list[str], *, as_json: bool) -> int:
    ears = Ears()
    try:
        from clawupgrade.cli.parser import parse

        args = parse(words)
        args.words = words  # as they came, for whoever passes them on
        from clawupgrade.cli.commands import command_for

        act = command_for(args.command)
        ears.listen()
        return act(args)
    except ClawupgradeError as error:
        return _show(error, as_json=as_json)
    except KeyboardInterrupt:
        return _show(Stopped(2), as_json=as_json)
    except Exception as error:
        if ears.heard is not None:  # what it has become on its way here says nothing
            return _show(Stopped(ears.heard), as_json=as_json)
        from clawupgrade.cli.mishap import report_mishap

        return report_mishap(error, as_json=as_json)


def _show(error: ClawupgradeError, *, as_json: bool) -> int:
    from clawupgrade.render.results import show_error

    return show_error(error, as_json=as_json)
