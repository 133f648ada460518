"""render.live: what a run says while it goes."""

from __future__ import annotations

import io

from clawupgrade.ports import Event
from clawupgrade.render.live import LiveView, PlainView, view_for


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


def test_progress_is_told_by_quarters() -> None:
    events = [Event("progress", "snapshot", done=done, total=100_000_000) for done in range(0, 100_000_001, 1_000_000)]
    assert shown(*events) == ["  25 MB of 100 MB", "  50 MB of 100 MB", "  75 MB of 100 MB"]


def test_verbose_shows_commands_as_they_would_be_typed() -> None:
    command = Event("command", text="npm view 'openclaw@>1' version")
    assert shown(command) == []
    assert shown(command, verbose=True) == ["  $ npm view 'openclaw@>1' version"]


class Terminal(io.StringIO):
    """Claims to be one."""

    def isatty(self) -> bool:
        return True


def test_only_a_terminal_with_a_cursor_gets_the_live_view() -> None:
    terminal = Terminal()
    assert isinstance(view_for(terminal, {"TERM": "xterm"}, verbose=False, quiet=False), LiveView)
    for environ in ({}, {"TERM": "dumb"}, {"TERM": "xterm", "CI": "true"}):
        assert isinstance(view_for(terminal, environ, verbose=False, quiet=False), PlainView)
    assert isinstance(view_for(terminal, {"TERM": "xterm"}, verbose=True, quiet=False), PlainView)
    assert isinstance(view_for(io.StringIO(), {"TERM": "xterm"}, verbose=False, quiet=False), PlainView)


def test_the_live_view_gives_the_terminal_back_for_a_question_and_at_the_end() -> None:
    out = Terminal()
    view = view_for(out, {"TERM": "xterm"}, verbose=False, quiet=False)
    steps = {"run": "r", "kind": "upgrade", "from": "1", "to": "2", "gateway": "ready", "steps": ["arm"]}
    view(Event("run.began", data=steps))
    with view.aside():
        assert out.getvalue().count("\x1b[?25l") == out.getvalue().count("\x1b[?25h") == 1
        held = len(out.getvalue())
        view(Event("note", text="said meanwhile"))
        assert "said meanwhile" in out.getvalue()[held:]
    view(Event("run.ended", text="upgraded"))
    assert out.getvalue().count("\x1b[?25l") == out.getvalue().count("\x1b[?25h") == 2
    view(Event("result"))
    view(Event("note", text="afterwards"))
    assert out.getvalue().endswith("  afterwards\n")
