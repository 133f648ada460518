"""Snapshots as people read them: what there is, what a try-out found, what was let go."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from clawupgrade.app.retention import LetGo
from clawupgrade.app.snapshots import Checked
from clawupgrade.held import SnapshotInfo
from clawupgrade.render.documents import print_json
from clawupgrade.render.layout import width_of
from clawupgrade.steps.description import version_of


def show_snapshots(infos: Sequence[SnapshotInfo], *, as_json: bool) -> None:
    """One line each, the oldest first."""
    if as_json:
        _document("clawupgrade.snapshots.v1", changed=False, snapshots=[_plain(info) for info in infos])
        return
    for info in infos:
        print(_line(info))
    if not infos:
        print("no snapshot yet")


def show_taken(info: SnapshotInfo, *, as_json: bool, quiet: bool) -> None:
    """The snapshot that was just sealed."""
    if as_json:
        _document("clawupgrade.snapshots.v1", changed=True, snapshots=[_plain(info)])
    elif not quiet:
        print(f"✓ {_line(info)}")


def show_checked(checked: Sequence[Checked], *, as_json: bool, quiet: bool) -> None:
    """What came of each; a damaged one is told even when quiet."""
    if as_json:
        _document(
            "clawupgrade.verified.v1",
            exit_code=max((each.exit_code for each in checked), default=0),
            changed=False,
            snapshots=[msgspec.to_builtins(each) for each in checked],
        )
        return
    for each in checked:
        if each.problem:
            print(f"✗ {each.snapshot_id}: {each.problem}")
            print(f"  {each.hint}" if each.hint else "", end="\n" if each.hint else "")
        elif not quiet:
            print(f"✓ {each.snapshot_id}: {_words(each)}")
    if not checked and not quiet:
        print("no snapshot yet")


def show_let_go(gone: LetGo, *, as_json: bool, quiet: bool, done: bool) -> None:
    """What went, or would go, and why."""
    verdicts = gone.snapshots.verdicts
    if as_json:
        _document(
            "clawupgrade.pruned.v1",
            changed=done and (bool(gone.packages) or any(not each.keep for each in verdicts)),
            dry_run=not done,
            freed_bytes=gone.snapshots.freed,
            verdicts=msgspec.to_builtins(verdicts),
            packages=list(gone.packages),
        )
        return
    if quiet:
        return
    went = "let go" if done else "would go"
    for each in verdicts:
        print(f"{each.snapshot_id}  {'kept' if each.keep else went:<9} {each.reason}")
    for path in gone.packages:
        print(f"{path}  {went}: no way back needs this package")
    if done:
        print(f"✓ {gone.snapshots.freed / 1e6:,.0f} MB freed in the store of snapshots")


def show_pinned(snapshot_id: str, *, pinned: bool, as_json: bool, quiet: bool) -> None:
    """That it is pinned now, or no longer."""
    if as_json:
        _document("clawupgrade.pinned.v1", changed=True, snapshot_id=snapshot_id, pinned=pinned)
    elif not quiet:
        print(f"✓ {snapshot_id} is {'pinned' if pinned else 'no longer pinned'}")


def show_exported(snapshot_id: str, target: str, *, encrypted: bool, as_json: bool, quiet: bool) -> None:
    """Where the tar lies, and that it holds secrets in clear unless it is encrypted."""
    if as_json:
        _document("clawupgrade.exported.v1", changed=True, snapshot_id=snapshot_id, path=target, encrypted=encrypted)
        return
    if quiet:
        return
    print(f"✓ {snapshot_id} is in {target}")
    if not encrypted:
        print("  it holds tokens and credentials in clear; --recipient age1… encrypts it")


def _line(info: SnapshotInfo) -> str:
    when = f"{datetime.fromtimestamp(info.when, UTC):%Y-%m-%d %H:%M} UTC"
    if info.damaged:
        return f"{info.snapshot_id}  DAMAGED: {info.damaged}"
    version, why = version_of(info.meta) or "?", info.meta.get("why", "")
    pinned = "  pinned" if info.pinned else ""
    first = f"{info.snapshot_id}  {when}  {version:<11}"
    rest = f"{info.bytes / 1e6:9,.1f} MB {info.files:7,} files  {why}{pinned}"
    width = width_of(sys.stdout)
    return f"{first} {rest}" if width is None or len(first) + len(rest) < width else f"{first.rstrip()}\n{rest}"


def _words(each: Checked) -> str:
    if each.drilled is None:
        return "read back, and every content is what was stored"
    drilled = each.drilled
    notes = f"; {len(drilled.notes)} notes: {drilled.notes[0]}" if drilled.notes else ""
    return (
        f"restored into a scratch folder and compared: {drilled.files:,} files, {drilled.bytes / 1e6:,.1f} MB, "
        f"{drilled.databases} databases{notes}"
    )


def _plain(info: SnapshotInfo) -> dict[str, object]:
    document: dict[str, object] = msgspec.to_builtins(info)
    return document


def _document(schema: str, *, changed: bool, exit_code: int = 0, **fields: object) -> None:
    print_json({"schema": schema, "exit_code": exit_code, "changed": changed, **fields})
