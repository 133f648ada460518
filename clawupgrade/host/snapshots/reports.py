"""What the store tells its caller: frozen values, counts and paths, never a content."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct


class Draft(Struct, frozen=True):
    """A full pass over live sources; not a snapshot yet."""

    snapshot_id: str
    files: int
    bytes: int
    read_bytes: int  # what had to be read; the rest was known from before
    databases: int
    vanished: int
    hard_links: int  # names that share a file with another name: restored as copies of their own
    left_out: tuple[str, ...]  # paths relative to their source, by its patterns
    unsettled: tuple[Path, ...]  # never held still while they were read; the delta reads them again
    outside: tuple[Path, ...]  # links that lead out of their source: kept as links, without what they lead to


class DeltaReport(Struct, frozen=True):
    """What the draft took over after the gateway had stopped."""

    snapshot_id: str
    added: tuple[Path, ...]
    changed: tuple[Path, ...]
    removed: tuple[Path, ...]
    unsettled: tuple[Path, ...]  # still moving: somebody writes although the gateway is stopped
    read_bytes: int


class RestoreReport(Struct, frozen=True):
    """What a restore did; `notes` names what the system refused (an owner, an attribute, a socket)."""

    snapshot_id: str
    written: int
    removed: int
    unchanged: int
    notes: tuple[str, ...]
