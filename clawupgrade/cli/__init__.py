"""The command line: argv in, exit code out."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from clawupgrade.errors import ClawupgradeError, Exit

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; a known failure is one clear line on stderr, never a traceback."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        from clawupgrade.cli.parser import parser

        args = parser().parse_args(words)
        from clawupgrade.cli.commands import dispatch

        return dispatch(args)
    except ClawupgradeError as error:
        from clawupgrade.render.results import show_error

        return show_error(error, as_json="--json" in words)
    except KeyboardInterrupt:
        return int(Exit.INTERRUPTED)  # before the fence stood, so before anything was done
    except BrokenPipeError:
        # The reader of our output went away (`| head`): that is its right.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.OK)
    except Exception as error:
        from clawupgrade.cli.mishap import report_mishap

        return report_mishap(error, as_json="--json" in words)
