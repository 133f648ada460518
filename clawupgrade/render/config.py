"""The config as people read of it: changes in colour, gravest first; objections with their lines."""

from __future__ import annotations

import sys

import msgspec
from rich.console import Console
from rich.text import Text

from clawupgrade.app.config import Migrated, Restored, Verdict
from clawupgrade.openclaw.diff import Diff, Judgement
from clawupgrade.render.documents import print_json

_COLOURS = {
    Judgement.LOSS: "bold red",
    Judgement.SUSPICIOUS: "yellow",
    Judgement.EXPECTED: "green",
    Judgement.COSMETIC: "dim",
}


def show_diff(of: str, diff: Diff, *, as_json: bool) -> None:
    """What a run or a version makes of the config."""
    if as_json:
        print_json({"schema": "clawupgrade.diff.v1", "of": of, "changes": diff.to_json()})
        return
    told = f"{len(diff.changes)} changes of the config:" if diff.changes else "the config is as it was"
    print(f"{of}: {told}")
    _print_changes(diff)


def show_migrated(found: Migrated, *, as_json: bool, quiet: bool) -> None:
    """What was done, or would be."""
    if as_json:
        print_json(
            {
                "schema": "clawupgrade.migrated.v1",
                "version": found.version,
                "changed": found.written,
                "migrations": [{"id": each.id, "why": each.why} for each in found.migrations],
                "changes": found.diff.to_json(),
                "findings": msgspec.to_builtins(found.findings),
            }
        )
        return
    if quiet and not found.migrations:
        return
    if not found.migrations:
        print(f"✓ nothing to migrate for {found.version}")
    for each in found.migrations:
        print(f"{'✓' if found.written else '·'} {each.id}: {each.why}")
    _print_changes(found.diff)
    for finding in found.findings:
        print(f"! {finding.message}\n  → {finding.hint}")


def show_verdict(found: Verdict, *, as_json: bool, quiet: bool) -> None:
    """Whether it is well, and what is not."""
    if as_json:
        print_json({"schema": "clawupgrade.config.v1", "valid": found.is_valid} | msgspec.to_builtins(found))
        return
    for line in found.problems:
        print(f"✗ {line}")
    if found.is_valid and not quiet:
        judge = f"{found.by} takes it" if found.by else "the installed release cannot be asked; it reads as JSON5"
        print(f"✓ {found.path}: {judge}")


def show_restored(found: Restored, *, as_json: bool, quiet: bool) -> None:
    """Where the comments came from."""
    if as_json:
        print_json({"schema": "clawupgrade.comments.v1", "changed": found.written} | msgspec.to_builtins(found))
    elif not quiet:
        words = f"has its comments from {found.source} again" if found.written else "has comments; nothing to do"
        print(f"✓ {found.path} {words}")


def _print_changes(diff: Diff) -> None:
    """In colour on a terminal that has any; plain and unwrapped elsewhere."""
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    for change in diff.changes:
        console.print(Text(f"  {change.line}", style=_COLOURS[change.judgement]))
