"""What a person who watches may want to see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field


class Event(Struct, frozen=True):
    """Something that a person who watches may want to see.

    kind: `step.began` `step.done` `step.failed` `undo.began` `undo.done` `undo.failed` `line` `progress`
    `gateway` `note` `command` `run.began` `run.ended`, and `result` from the command line
    """

    kind: str
    step: str = ""
    text: str = ""
    done: int = 0
    total: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)
