"""The live view of a run: all steps, the gateway's lamp, the one line that matters; fits any terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from clawupgrade.render.course import Course, Lamp, Line, Mark
from clawupgrade.render.words import amount, span, words_for

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_SIGNS = {
    Mark.WAITING: ("·", "dim"),
    Mark.DONE: ("✓", "green"),
    Mark.FAILED: ("✗", "bold red"),
    Mark.UNDONE: ("↩", "yellow"),
    Mark.STUCK: ("✗", "bold red"),
}
_LAMPS = {
    Lamp.UNKNOWN: ("○", "dim", "gateway: not asked yet"),
    Lamp.SERVING: ("●", "bold green", "gateway serves"),
    Lamp.STOPPED: ("○", "dim", "gateway is stopped, as it was"),
    Lamp.AWAY: ("●", "bold red", "gateway away"),
    Lamp.STARTING: ("●", "bold yellow", "gateway starting"),
    Lamp.REFUSING: ("●", "bold yellow", "gateway up, refuses us"),
}
_WIDEST = 100
_NAME = 11
_BAR = 24


class Screen(Struct):
    """Drawn anew several times a second. clock: monotonic seconds; stopping: whether a signal has come."""

    course: Course
    clock: Callable[[], float]
    stopping: Callable[[], bool] = lambda: False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The whole view, no wider and no higher than the terminal is at this moment."""
        width = min(options.max_width, _WIDEST) - 1
        height = max(console.height - 1, 3)
        lines = self._looking(width) if not self.course.is_begun else self._run(width, height)
        for line in lines[:height]:
            line.no_wrap = True
            yield line

    def _looking(self, width: int) -> list[Text]:
        said = self.course.said or "which version, who runs it, how its gateway answers"
        return [
            Text.assemble((f" {self._spin()} ", "cyan"), _cut("Looking at this installation", width - 3)),
            Text(_cut(f"   {said}", width), style="dim"),
        ]

    def _run(self, width: int, height: int) -> list[Text]:
        course, now = self.course, self.clock()
        lines = [_between(Text(f" {_title(course)}", style="bold"), self._lamp(now), width), Text("")]
        room = height - len(lines) - 2
        lines += self._steps(width, room)
        lines += [Text(""), self._foot(width, now)]
        return lines

    def _steps(self, width: int, room: int) -> list[Text]:
        """As many steps as there is room for: what is done is summed up first, what comes later is counted."""
        lines, extra = self.course.lines, 1 if self.course.current else 0
        first, last = 0, len(lines)
        index = next((n for n, line in enumerate(lines) if line.mark in (Mark.RUNNING, Mark.UNDOING)), 0)
        while last - first + extra + (first > 0) + (last < len(lines)) > max(room, 3):
            if first < index - 1 and lines[first].mark in (Mark.DONE, Mark.UNDONE):
                first += 1
            elif last > index + 1:
                last -= 1
            elif first < index:
                first += 1
            else:
                break
        found: list[Text] = []
        if first:
            seconds = sum(line.seconds for line in lines[:first])
            found.append(self._row("✓", "green", f"{first} steps done before", "", span(seconds), width))
        for line in lines[first:last]:
            found += self._step(line, width)
        if last < len(lines):
            found.append(Text(_cut(f" · {len(lines) - last} more steps", width), style="dim"))
        return found

    def _step(self, line: Line, width: int) -> Iterator[Text]:
        name, words = line.name.partition(":")[0], words_for(line.name)
        if line.mark in (Mark.RUNNING, Mark.UNDOING):
            style = "bold cyan" if line.mark is Mark.RUNNING else "bold yellow"
            sign = self._spin() if line.mark is Mark.RUNNING else "↩"
            took = span(self.clock() - line.began)
            text = words if line.mark is Mark.RUNNING else f"taking it back: {words}"
            yield self._row(sign, style, name, text, took, width, bold=True)
            yield self._detail(width)
            return
        sign, style = _SIGNS[line.mark]
        took = "" if line.mark is Mark.WAITING else span(line.seconds)
        text = line.error if line.mark in (Mark.FAILED, Mark.STUCK) else words
        if line.mark is Mark.UNDONE:
            text = f"taken back{f'; it failed: {line.error}' if line.error else ''}"
        yield self._row(sign, style, name, text, took, width)

    def _row(self, sign: str, style: str, name: str, words: str, took: str, width: int, *, bold: bool = False) -> Text:
        label = set_cell_size(name, max(_NAME, cell_len(name))) if words else name
        left = Text.assemble((f" {sign} ", style), (label, "bold" if bold else ""))
        if words:
            left.append(f" {words}", style="" if bold else "dim")
        return _between(left, Text(f"{took} ", style="dim"), width)

    def _detail(self, width: int) -> Text:
        course = self.course
        if course.total or course.done:
            words = (
                f"{amount(course.done)} of {amount(course.total)}" if course.total else f"{amount(course.done)} so far"
            )
            if not course.total:
                return Text(_cut(f"   {words}", width), style="cyan")
            full = min(_BAR, round(_BAR * course.done / course.total))
            bar = Text.assemble("   ", ("━" * full, "cyan"), ("─" * (_BAR - full), "dim"), f" {words}")
            bar.truncate(width, overflow="ellipsis")
            return bar
        return Text(_cut(f"   {course.said}", width), style="cyan")

    def _lamp(self, now: float) -> Text:
        course = self.course
        sign, style, words = _LAMPS[course.lamp]
        if course.away_since is not None:
            words += f" for {span(now - course.away_since)}"
        elif course.away is not None:
            words += f" again (away {span(course.away)})"
        return Text.assemble((sign, style), f" {words} ")

    def _foot(self, width: int, now: float) -> Text:
        course = self.course
        if course.is_going_back:
            words, style = (
                "Going back to how it was; no signal cuts this short.",
                "yellow",
            )
        elif self.stopping():
            words, style = (
                "Stopping: everything goes back now. No need to press again.",
                "yellow",
            )
        else:
            words, style = "Ctrl-C takes everything back, safely. So does a power cut.", "dim"
        return _between(Text(f" {words}", style=style), Text(f"{span(now - course.began)} ", style="dim"), width)

    def _spin(self) -> str:
        return _SPINNER[int(self.clock() * 8) % len(_SPINNER)]


def _title(course: Course) -> str:
    match course.kind:
        case "rollback":
            return f"OpenClaw {course.before} → back to {course.after}"
        case "stage":
            return f"OpenClaw {course.before}: staging {course.after}"
        case "repair":
            return f"OpenClaw {course.before}: repair"
        case _:
            return f"OpenClaw {course.before} → {course.after}"


def _between(left: Text, right: Text, width: int) -> Text:
    """Left and right end of one line; where both do not fit, the left one is cut."""
    room = width - right.cell_len - 1
    if room < 8:
        left.truncate(width, overflow="ellipsis")
        return left
    left.truncate(room, overflow="ellipsis", pad=True)
    return Text.assemble(left, " ", right)


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, max(width - 1, 0)) + "…"
