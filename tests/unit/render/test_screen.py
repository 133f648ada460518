"""render.screen: the live view fits every terminal, with and without colour."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from clawupgrade.ports import Event
from clawupgrade.render.course import Course
from clawupgrade.render.screen import Screen

NAMES = [
    *("stage:2026.9.6", "judge:2026.9.6", "rehearse:2026.9.6", "snapshot", "arm", "inventory", "pre-stop-hooks"),
    *("quiesce", "switch:2026.9.6", "migrate:2026.9.6", "doctor:2026.9.6", "mend:2026.9.6", "post-switch-hooks"),
    *("start:2026.9.6", "handshake:2026.9.6", "conserve", "verify", "confirm"),
]


def course_at(step: str, **more: Event) -> Course:
    """A run of every step there is, with `step` being worked on since second 60."""
    course = Course()
    said = {"run": "r", "kind": "upgrade", "from": "2026.6.11", "to": "2026.9.6", "gateway": "ready", "steps": NAMES}
    course.feed(Event("run.began", data=said), 0)
    for index, name in enumerate(NAMES[: NAMES.index(step)]):
        course.feed(Event("step.began", name), index)
        course.feed(Event("step.done", name), index + 1)
    course.feed(Event("step.began", step), 60)
    return course


def drawn(
    course: Course,
    width: int = 80,
    height: int = 24,
    *,
    stopping: bool = False,
    styled: bool = False,
    colour: bool = False,
) -> str:
    """What stands on the terminal in second 63.1."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        height=height,
        force_terminal=styled,
        no_color=not colour,
        color_system="standard" if styled else None,
    )
    console.print(Screen(course, lambda: 63.1, lambda: stopping))
    return out.getvalue()


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("height", [5, 10, 24, 60])
@pytest.mark.parametrize("step", [NAMES[0], "doctor:2026.9.6", NAMES[-1]])
def test_it_is_never_wider_or_higher_than_the_terminal(width: int, height: int, step: str) -> None:
    course = course_at(step)
    course.feed(Event("line", step, "a line of npm that is very long, with 漢字 in it " * 9), 61)
    lines = drawn(course, width, height).splitlines()
    assert len(lines) < height
    assert max(cell_len(line) for line in lines) < width


@pytest.mark.parametrize("step", NAMES)
def test_the_step_that_is_worked_on_is_always_in_sight(step: str) -> None:
    course = course_at(step)
    course.feed(Event("line", step, "the line that matters"), 61)
    seen = drawn(course)
    assert f" {step.partition(':')[0]} " in seen
    assert "the line that matters" in seen
    assert "3.1 s" in seen


def test_the_lamp_says_for_how_long_the_gateway_is_away() -> None:
    assert "gateway away for 3.1 s" in drawn(course_at("quiesce"))


def test_a_bar_has_the_real_total() -> None:
    course = course_at(NAMES[0])
    course.feed(Event("progress", NAMES[0], done=160_000_000, total=640_000_000), 62)
    seen = drawn(course)
    assert "160 MB of 640 MB" in seen
    assert seen.count("━") == 6  # a quarter of 24


def test_ctrl_c_is_answered_at_once() -> None:
    assert "No need to press again" in drawn(course_at("doctor:2026.9.6"), stopping=True)


def test_without_colour_there_is_none() -> None:
    assert "\x1b[1;31m" in drawn(course_at("quiesce"), styled=True, colour=True)
    assert not re.search(r"\x1b\[(\d+;)*[34]\d", drawn(course_at("quiesce"), styled=True))
