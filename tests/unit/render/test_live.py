"""render.live: what a run says while it goes."""

from __future__ import annotations

import io

from clawupgrade.ports import Event
from clawupgrade.render.live import PlainView


def shown(*events: Event, verbose: bool = False, quiet: bool = False) -> list[str]:
    """The lines that a view prints for these events."""
    out = io.StringIO()
    view = PlainView(out, verbose=verbose, quiet=quiet)
    for event in events:
        view(event)
    return out.getvalue().splitlines()


def test_a_gateways_state_is_told_once_until_it_changes() -> None:
    states = [Event("gateway", "h", word) for word in ("silent", "silent", "starting", "starting", "ready")]
    assert len(shown(Event("step.began", "h"), *states)) == 4


def test_the_lines_of_children_are_for_those_who_ask_for_them() -> None:
    line = Event("line", "stage", "added 330 packages")
    assert shown(line) == []
    assert shown(line, verbose=True) == ["    added 330 packages"]


def test_quiet_still_tells_what_failed() -> None:
    events = (Event("step.began", "s"), Event("step.failed", "s", "no room"), Event("undo.failed", "s", "worse"))
    assert shown(*events, quiet=True) == ["✗ s: no room", "✗✗ could not undo s: worse"]
