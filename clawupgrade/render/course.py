"""What is known of a run while it goes, gathered from its events; no clock, no screen."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field

from clawupgrade.ports import Event

_DRAWN = " │┃|├┤╭╮╰╯┌┐└┘─━◇◆●○■▲•"


class Mark(StrEnum):
    """How a step stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"
    STUCK = "stuck"


class Lamp(StrEnum):
    """How the gateway is."""

    UNKNOWN = "unknown"
    SERVING = "serving"
    STOPPED = "stopped"
    AWAY = "away"
    STARTING = "starting"
    REFUSING = "refusing"


class Line(Struct):
    """One step. began, seconds: on the clock of whoever feeds the course."""

    name: str
    mark: Mark = Mark.WAITING
    began: float = 0.0
    seconds: float = 0.0
    error: str = ""


class Course(Struct):
    """Feed it every event with the second in which it came.

    said: the one line that matters now. done, total: of what is copied or built, in bytes; total 0: not known.
    away_since: when the gateway was told to stop; away: for how long it was, once it is back.
    """

    kind: str = "upgrade"
    before: str = ""
    after: str = ""
    began: float = 0.0
    lines: list[Line] = field(default_factory=list)
    lamp: Lamp = Lamp.UNKNOWN
    away_since: float | None = None
    away: float | None = None
    said: str = ""
    done: int = 0
    total: int = 0
    is_going_back: bool = False

    @property
    def is_begun(self) -> bool:
        """Whether a run is under way; before that one only looks."""
        return bool(self.lines)

    @property
    def current(self) -> Line | None:
        """The step that is worked on now."""
        return next((each for each in self.lines if each.mark in (Mark.RUNNING, Mark.UNDOING)), None)

    def feed(self, event: Event, at: float) -> None:
        """Take one event."""
        match event.kind:
            case "run.began":
                self._begin(event, at)
            case "step.began":
                self._enter(self._line(event.step), Mark.RUNNING, at)
                if event.step == "quiesce" and self.lamp in (Lamp.SERVING, Lamp.REFUSING, Lamp.UNKNOWN):
                    self.lamp, self.away_since = Lamp.AWAY, at
            case "undo.began":
                self.is_going_back = True
                self._enter(self._line(event.step), Mark.UNDOING, at)
            case "step.done" | "undo.done" | "step.failed" | "undo.failed":
                self._leave(self._line(event.step), event, at)
            case "gateway":
                self._see(event.text, at)
                self.said = _patience(event)
            case "progress":
                self.done, self.total = event.done, event.total
            case "line" | "note":
                if said := _bare(event.text):
                    self.said = said
            case "command":
                self.said = _short(event.text)

    def _begin(self, event: Event, at: float) -> None:
        said = event.data
        self.kind, self.before, self.after = str(said["kind"]), str(said["from"]), str(said["to"])
        self.began, self.said = at, ""
        self.away_since = self.away = None
        self.is_going_back = False
        self.lines = [Line(str(name)) for name in said["steps"]]
        for name, mark in dict(said.get("marks", {})).items():
            self._line(name).mark = Mark(mark)
        was = str(said["gateway"])
        self.lamp = {"ready": Lamp.SERVING, "refused": Lamp.REFUSING, "down": Lamp.STOPPED}.get(was, Lamp.UNKNOWN)

    def _line(self, step: str) -> Line:
        for each in self.lines:
            if each.name == step:
                return each
        self.lines.append(Line(step))
        return self.lines[-1]

    def _enter(self, line: Line, mark: Mark, at: float) -> None:
        line.mark, line.began = mark, at
        self.said, self.done, self.total = "", 0, 0

    def _leave(self, line: Line, event: Event, at: float) -> None:
        line.mark = {
            "step.done": Mark.DONE,
            "undo.done": Mark.UNDONE,
            "step.failed": Mark.FAILED,
            "undo.failed": Mark.STUCK,
        }[event.kind]
        line.seconds = at - line.began
        line.error = event.text or line.error
        self.said, self.done, self.total = "", 0, 0

    def _see(self, state: str, at: float) -> None:
        lamp = {"ready": Lamp.SERVING, "guarded": Lamp.REFUSING, "starting": Lamp.STARTING}.get(state)
        if lamp is None:
            return
        if lamp is not Lamp.STARTING and self.away_since is not None:
            self.away = at - self.away_since
            self.away_since = None
        self.lamp = lamp


def _bare(line: str) -> str:
    """A line without the frames and bullets that doctors draw around their words; "" where nothing else is in it."""
    return " ".join(line.split()).strip(_DRAWN)


def _short(command: str) -> str:
    """A command without the folders of its programs and files: `node openclaw.mjs doctor --fix`."""
    return " ".join(word.rstrip("/").rpartition("/")[2] or word for word in command.split())


def _patience(event: Event) -> str:
    """What is waited for, and for how long at most."""
    words = GATEWAY_WORDS.get(event.text, event.text)
    limit = event.data.get("patience")
    if event.text in ("silent", "starting") and isinstance(limit, int | float):
        return f"{words}; all goes back after {limit / 60:.0f} min without a sign of life"
    return words


GATEWAY_WORDS = {
    "silent": "no answer yet",
    "starting": "it is alive and starting",
    "ready": "the gateway serves",
    "guarded": "the gateway is alive, and refuses us",
    "broken": "what answers there is no gateway",
    "unknown": "the gateway answers in words that nobody knows",
}
