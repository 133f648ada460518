"""Every failure that a person can meet, with its exit code and its hint.

ClawupgradeError
├── Refused            6   preflight: nothing was touched
├── Busy              75   a lock, another updater, or a passing trouble: try again
├── FailedClean        1   failed before any live change
├── StepFailed         –   a step could not do or prove its work; the engine goes back
├── UndoFailed         –   going back failed; the engine stops and keeps the evidence
├── Broken             4   neither all new nor all old: page someone
│   └── JournalLost    4   the disk takes no record: nothing may be done that is written nowhere
├── NeedsPerson        5   up, but only a person can go on
├── ConfigInvalid     78   clawupgrade's own configuration
├── JournalDamaged    78   a journal that cannot be trusted, or is from the future
├── UsageError        64   the command line
└── Stopped      130, 143   a signal came before anything was done
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; documented in docs/reference/exit-codes.md and never renumbered."""

    OK = 0
    FAILED_CLEAN = 1
    PENDING = 2
    ROLLED_BACK = 3
    BROKEN = 4
    NEEDS_PERSON = 5
    REFUSED = 6
    USAGE = 64
    UNSAID = 74
    BUSY = 75
    CONFIG = 78
    INTERRUPTED = 130
    TERMINATED = 143


def signalled(signal: int) -> Exit:
    """The code of a command that a signal ended: 130 for Ctrl-C; a hang-up counts as a SIGTERM."""
    return Exit.INTERRUPTED if signal == 2 else Exit.TERMINATED


class ClawupgradeError(Exception):
    """One line that says what is wrong, and one that says what to do.

    `message` never holds a secret; `hint` is a sentence or a command for the person, or "".
    """

    exit_code: Exit = Exit.FAILED_CLEAN

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Refused(ClawupgradeError):
    """Preflight said no; the installation is as it was."""

    exit_code = Exit.REFUSED


class Busy(ClawupgradeError):
    """Somebody else holds the lock, or a trouble that passes; a retry may help."""

    exit_code = Exit.BUSY


class FailedClean(ClawupgradeError):
    """The run failed while the old gateway still served."""

    exit_code = Exit.FAILED_CLEAN


class StepFailed(ClawupgradeError):
    """A step could not do its work or could not prove it.

    `transient` marks trouble of the network or the disk, which says nothing about the release;
    `busy` asks for another time: a run that has touched nothing yet then ends with exit 75.
    """

    def __init__(self, message: str, hint: str = "", *, transient: bool = False, busy: bool = False) -> None:
        super().__init__(message, hint)
        self.transient = transient
        self.busy = busy


class UndoFailed(ClawupgradeError):
    """Going back failed: the engine stops here and leaves everything for a person."""

    exit_code = Exit.BROKEN


class Broken(ClawupgradeError):
    """The installation is neither all new nor all old."""

    exit_code = Exit.BROKEN


class JournalLost(Broken):
    """The journal cannot be written now; whoever can write it again recovers the run."""


class NeedsPerson(ClawupgradeError):
    """The gateway is up, but a person has to approve or decide something."""

    exit_code = Exit.NEEDS_PERSON


class ConfigInvalid(ClawupgradeError):
    """clawupgrade's own configuration cannot be used."""

    exit_code = Exit.CONFIG


class JournalDamaged(ClawupgradeError):
    """A journal has a bad record before a good one, or a format newer than this program."""

    exit_code = Exit.CONFIG


class Stopped(ClawupgradeError):
    """A signal asked to stop before anything was touched."""

    def __init__(self, signal: int) -> None:
        super().__init__("stopped by a signal; nothing was touched")
        self.exit_code = signalled(signal)


class UsageError(ClawupgradeError):
    """The command line cannot be understood."""

    exit_code = Exit.USAGE
