"""Snapshots that are whole: a restore gives back every byte, mode, owner, time and attribute."""

from clawupgrade.held import Drilled, PruneReport, Retention, Revision, SnapshotInfo, Verdict
from clawupgrade.host.snapshots.entries import JSON, Entry, Kind
from clawupgrade.host.snapshots.errors import SnapshotDamaged, SnapshotRefused
from clawupgrade.host.snapshots.reports import DeltaReport, Draft, RestoreReport
from clawupgrade.host.snapshots.sources import Source
from clawupgrade.host.snapshots.store import SnapshotStore

__all__ = [
    "JSON",
    "DeltaReport",
    "Draft",
    "Drilled",
    "Entry",
    "Kind",
    "PruneReport",
    "RestoreReport",
    "Retention",
    "Revision",
    "SnapshotDamaged",
    "SnapshotInfo",
    "SnapshotRefused",
    "SnapshotStore",
    "Source",
    "Verdict",
]
