"""A fleet on a screen: a line a host, those first that want a look."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from clawupgrade.app.fleet import Fleet, Member
from clawupgrade.render.documents import print_json


def show_fleet(fleet: Fleet, *, as_json: bool, path: str = "", quiet: bool = False) -> None:
    """Print the table and its sums; `path` is the page that was written, "" for none."""
    if as_json:
        document = {"schema": "clawupgrade.fleet.v1", "exit_code": 0, "changed": False, "path": path}
        counted = {"versions": fleet.versions, "outcomes": fleet.outcomes, "quarantine": fleet.quarantine}
        print_json(document | msgspec.to_builtins(counted) | {"hosts": msgspec.to_builtins(list(fleet.members))})
        return
    if quiet:
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("host", "version", "gateway", "last run", "away", ""):
        table.add_column(name, justify="right" if name == "away" else "left", overflow="fold")
    for each in fleet.members:
        # As text: what a host said must not be taken for markup.
        table.add_row(*(Text(cell, style="red" if each.wants_a_look else "") for cell in row(each)))
    console = Console(highlight=False)
    console.print(table)
    for line in sums(fleet):
        console.print(line, markup=False)
    if path:
        console.print(f"✓ wrote {path}", markup=False)


def row(member: Member) -> tuple[str, str, str, str, str, str]:
    """A host's cells: name, version, gateway, last run, downtime, and what is wrong."""
    gateway = {True: "serves", False: "does not serve", None: "–"}[member.serves]
    run = member.outcome or "no run"
    if member.outcome in ("upgraded", "needs-person", "rolled-back"):
        run += f" {member.from_version} → {member.to_version}"
    away = "" if member.away is None else f"{member.away:.1f} s"
    wrong = member.problem or (f"{member.words} {member.message}".strip() if member.wants_a_look else "")
    return member.name, member.version or "?", gateway, run, away, wrong


def sums(fleet: Fleet) -> Iterator[str]:
    """What the hosts come to together, a line each."""
    looks = sum(each.wants_a_look for each in fleet.members)
    yield f"{len(fleet.members)} hosts, {looks or 'none'} to look at"
    yield "versions: " + (", ".join(f"{name} × {count}" for name, count in fleet.versions.items()) or "none known")
    yield "last runs: " + ", ".join(f"{name} × {count}" for name, count in fleet.outcomes.items())
    if fleet.downtime is not None:
        middle, longest = fleet.downtime
        yield f"away: {middle:.1f} s in the middle, {longest:.1f} s at most"
    for version, names in fleet.quarantine.items():
        yield f"{version} is passed over by {len(names)}: {', '.join(names[:8])}{' …' if len(names) > 8 else ''}"
