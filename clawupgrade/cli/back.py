"""What `clawupgrade rollback` was asked for, and what it does not do without a word from a person."""

from __future__ import annotations

import argparse

from clawupgrade.app.rollback import Back, Return
from clawupgrade.errors import Refused, UsageError


def back_of(args: argparse.Namespace) -> Back:
    """The options as one value.

    Raises:
        UsageError: two of them that say where to go.
    """
    stated = [name for name, given in (("RUN", args.run), ("--to", args.to), ("--undo", args.undo)) if given]
    if len(stated) > 1:
        raise UsageError(f"{' and '.join(stated)} each say where to go", "give one of them")
    return Back(
        of=args.run,
        to=args.to,
        undo=args.undo,
        with_state=True if args.restore_state else False if args.keep_state else None,
        discard=args.discard_changes,
    )


def refuse_silent_loss(found: Return) -> None:
    """Where nobody can be asked, what came since is not put aside unless --yes was given.

    Raises:
        Refused: sessions, messages, cron jobs or approvals would go.
    """
    if found.since.anything:
        raise Refused(
            f"{found.reason}; {found.since.words} that came since would be put aside",
            "give --yes; rollback --undo brings them back. --keep-state leaves the state as it is",
        )
