"""What a diagnosis says: the checklist, one root cause with its cure, and the rungs that could mend it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Colour(StrEnum):
    """How a line of the checklist stands."""

    GREEN = "green"
    YELLOW = "yellow"
    """Works, but not for everybody or not for long."""
    RED = "red"


class Cause(StrEnum):
    """The one root cause that is named. The text is part of the JSON contract."""

    NONE = "none"
    NONE_GENERATED = "none-generated"
    MISMATCH_AFTER_EDIT = "mismatch-after-edit"
    REBUILT = "rebuild-made-a-new-one"
    FORMAT_OR_PLACE = "upgrade-changed-format-or-place"
    STALE_UNIT = "stale-unit"
    DEVICE_OR_PAIRING = "device-or-pairing"
    RATE_LIMIT = "rate-limit"
    NOT_A_TOKEN = "not-a-token-problem"
    UNKNOWN = "unknown"
    """The facts do not say; nothing is guessed."""


class Rung(StrEnum):
    """The repairs in the order of the ladder, cheapest and least intrusive first; names stand in journals."""

    WAIT = "wait"
    RESTART = "restart"
    REFRESH = "refresh-service"
    MOVE_KEY = "move-key"
    PUT_BACK = "put-back"
    GENERATE = "generate"
    CLEAR_DEVICE = "clear-device-token"
    PAIR = "pair-device"


class Line(Struct, frozen=True):
    """One line of the checklist: what was checked, what was seen, and what to do, one sentence each."""

    check: str
    colour: Colour
    evidence: str
    cure: str = ""


class Diagnosis(Struct, frozen=True):
    """The checklist and what it comes to.

    cause, why: the root cause, and the sentence that says what it rests on. cure: what a person does.
    serves: whether the gateway let us in. rungs: what `--fix` would climb, in order; none where only a
    person can help. may_pass: the trouble passes by itself (a start, a shut door). away: nothing that answers
    as a gateway is there.
    """

    lines: tuple[Line, ...]
    cause: Cause
    why: str
    cure: str = ""
    serves: bool = False
    rungs: tuple[Rung, ...] = ()
    may_pass: bool = False
    away: bool = False

    @property
    def is_well(self) -> bool:
        """No line is red."""
        return all(line.colour is not Colour.RED for line in self.lines)
