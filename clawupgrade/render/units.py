"""What `init --units` is about to write, has written, and has taken away."""

from __future__ import annotations

from collections.abc import Sequence

from clawupgrade.app.units import Units
from clawupgrade.openclaw.standing_units import StandingUnit
from clawupgrade.render.documents import print_json


def show_texts(wanted: Units, missing: Sequence[StandingUnit]) -> None:
    """The files in full, before anything is written."""
    for unit in missing:
        print(f"── {wanted.path(unit)}\n{unit.text}")


def show_written(wanted: Units, written: Sequence[StandingUnit], *, as_json: bool, quiet: bool) -> None:
    """Which files are new, or that all were there."""
    if as_json:
        _document([wanted.path(unit) for unit in written], [], wanted.notes)
    elif not quiet:
        lines = [f"✓ wrote {wanted.path(unit)}" for unit in written]
        lines = lines or [f"✓ the units in {wanted.folder} are as they shall be; nothing to do"]
        print("\n".join([*lines, *(f"  note: {note}" for note in wanted.notes)]))


def show_removed(found: Sequence[Units], *, as_json: bool, quiet: bool) -> None:
    """Which files are gone, or that there were none."""
    paths = [units.path(unit) for units in found for unit in units.units]
    if as_json:
        _document([], paths, ())
    elif not quiet:
        print("\n".join(f"✓ removed {path}" for path in paths) or "✓ no unit of ours is there; nothing to do")


def show_changed(written: Sequence[str], removed: Sequence[str], note: str, *, as_json: bool, quiet: bool) -> None:
    """What one schedule's init wrote or removed."""
    if as_json:
        _document(list(written), list(removed), [note] if note else [])
    elif not quiet:
        lines = [*(f"✓ wrote {path}" for path in written), *(f"✓ removed {path}" for path in removed)]
        print(
            "\n".join([*(lines or ["✓ it is as it shall be; nothing to do"]), *([f"  note: {note}"] if note else [])])
        )


def _document(written: list[str], removed: list[str], notes: Sequence[str]) -> None:
    print_json(
        {
            "schema": "clawupgrade.units.v1",
            "changed": bool(written or removed),
            "written": written,
            "removed": removed,
            "notes": list(notes),
        }
    )
