"""A child's whole session and offspring: who they are, and how to end them and no stranger."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress

import psutil

from clawupgrade.host.identity import Identity, identify, is_alive


def members(session: int) -> tuple[Identity, ...]:
    """The living processes of a session, zombies left out."""
    found: list[Identity] = []
    for pid in psutil.pids():
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == session and (identity := identify(pid)) is not None:
                found.append(identity)
    return tuple(found)


def offspring(leader: int) -> tuple[Identity, ...]:
    """What a living process has brought forth, however deep; also those with a session of their own."""
    try:
        children = psutil.Process(leader).children(recursive=True)
    except psutil.NoSuchProcess:
        return ()
    identities = (identify(child.pid) for child in children)
    return tuple(identity for identity in identities if identity is not None)


def send(signal_number: signal.Signals, doomed: Iterable[Identity]) -> None:
    """Signal exactly these processes; those that are gone, or that we may not signal, are left out.

    A stopped process gets SIGCONT too, else one that handles SIGTERM would never hear it.
    """
    for identity in doomed:
        if is_alive(identity):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(identity.pid, signal_number)
                os.kill(identity.pid, signal.SIGCONT)
