"""render.course: what is known of a run, from nothing but its events."""

from __future__ import annotations

from clawupgrade.ports import Event
from clawupgrade.render.course import Course, Lamp, Mark

STEPS = ["stage:2026.9.6", "quiesce", "start:2026.9.6", "handshake:2026.9.6"]


def beginning(**more: object) -> Event:
    """A run of four steps over a gateway that serves."""
    said = {"run": "r", "kind": "upgrade", "from": "2026.6.11", "to": "2026.9.6", "gateway": "ready", "steps": STEPS}
    return Event("run.began", data=said | more)


def fed(*events: tuple[float, Event]) -> Course:
    """A course after these events."""
    course = Course()
    for at, event in events:
        course.feed(event, at)
    return course


def test_the_lamp_counts_from_the_stop_to_the_first_answer() -> None:
    gone = fed((0, beginning()), (5, Event("step.began", "quiesce")))
    assert (gone.lamp, gone.away_since, gone.away) == (Lamp.AWAY, 5, None)
    gone.feed(Event("gateway", "handshake:2026.9.6", "silent"), 7)
    gone.feed(Event("gateway", "handshake:2026.9.6", "starting"), 8)
    assert (gone.lamp, gone.away_since) == (Lamp.STARTING, 5)
    gone.feed(Event("gateway", "handshake:2026.9.6", "ready"), 8.5)
    assert (gone.lamp, gone.away_since, gone.away) == (Lamp.SERVING, None, 3.5)


def test_a_gateway_that_was_stopped_before_is_never_away() -> None:
    course = fed((0, beginning(gateway="down")), (1, Event("step.began", "quiesce")))
    assert (course.lamp, course.away_since) == (Lamp.STOPPED, None)


def test_a_canarys_answer_is_not_the_gateways() -> None:
    course = fed((0, beginning()), (1, Event("step.began", "quiesce")), (2, Event("gateway", "x", "canary ready")))
    assert course.lamp is Lamp.AWAY


def test_a_recovery_begins_where_the_journal_stands() -> None:
    marks = {"stage:2026.9.6": "done", "quiesce": "done", "start:2026.9.6": "failed"}
    course = fed((0, beginning(marks=marks)), (1, Event("undo.began", "start:2026.9.6")))
    assert [line.mark for line in course.lines] == [Mark.DONE, Mark.DONE, Mark.UNDOING, Mark.WAITING]
    assert course.is_going_back


def test_a_failure_stays_in_sight_on_the_way_back() -> None:
    course = fed(
        (0, beginning()),
        (0, Event("step.began", "stage:2026.9.6")),
        (2, Event("step.failed", "stage:2026.9.6", "no room")),
        (2, Event("undo.began", "stage:2026.9.6")),
        (3, Event("undo.done", "stage:2026.9.6")),
    )
    assert (course.lines[0].mark, course.lines[0].error) == (Mark.UNDONE, "no room")


def test_patience_is_told_with_its_limit() -> None:
    course = fed((0, beginning()), (1, Event("gateway", "h", "starting", data={"patience": 300.0})))
    assert course.said == "it is alive and starting; all goes back after 5 min without a sign of life"


def test_a_command_is_shown_without_the_folders_of_its_words() -> None:
    course = fed((0, Event("command", text="/opt/node/bin/node /home/u/openclaw/openclaw.mjs doctor --fix")))
    assert course.said == "node openclaw.mjs doctor --fix"


def test_what_is_waited_for_fits_a_terminal_of_80() -> None:
    for state in ("silent", "starting"):
        course = fed((0, beginning()), (1, Event("gateway", "handshake:2026.9.6", state, data={"patience": 300.0})))
        assert "all goes back after 5 min" in course.said
        assert len(course.said) <= 80 - 4


def test_frames_that_a_doctor_draws_are_not_what_it_says() -> None:
    """For half a minute the one line that mattered was `├─────╯`."""
    course = fed((0, beginning()), (1, Event("line", text="│  ◇ Config migrated to 2026.9   │")))
    course.feed(Event("line", text="├───────────────────╯"), 2)
    course.feed(Event("line", text="│"), 3)
    assert course.said == "Config migrated to 2026.9"
