"""What a run says while it goes: one line a step, on stderr, so that stdout stays one document."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TextIO

from clawupgrade.ports import Event

_GATEWAY_WORDS = {
    "silent": "the gateway does not answer yet",
    "starting": "the gateway is alive and starting; waiting",
    "ready": "the gateway serves",
    "guarded": "the gateway is alive, and refuses us",
    "broken": "what answers there is no gateway",
    "unknown": "the gateway answers in words that nobody knows",
}


@dataclass(slots=True)
class PlainView:
    """Lines for a pipe, a log, or a terminal without colour. A gateway's state is told once, when it changes."""

    out: TextIO = field(default_factory=lambda: sys.stderr)
    verbose: bool = False
    quiet: bool = False
    _gateway: str = ""

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if self.quiet and event.kind not in ("step.failed", "undo.failed"):
            return
        if text := self._line(event):
            print(text, file=self.out, flush=True)

    def _line(self, event: Event) -> str:
        match event.kind:
            case "step.began":
                self._gateway = ""
                return f"• {event.step}"
            case "step.done":
                return f"✓ {event.step} ({event.data.get('seconds', 0):.1f} s)"
            case "step.failed":
                return f"✗ {event.step}: {event.text}"
            case "undo.began":
                return f"↩ going back over {event.step}"
            case "undo.done":
                return f"↩ {event.step} undone ({event.data.get('seconds', 0):.1f} s)"
            case "undo.failed":
                return f"✗✗ could not undo {event.step}: {event.text}"
            case "result":
                return ""
            case "line":
                return f"    {event.text}" if self.verbose else ""
            case "gateway":
                if event.text == self._gateway:
                    return ""
                self._gateway = event.text
                return f"  {_GATEWAY_WORDS.get(event.text, event.text)}"
            case _:
                return f"  {event.text}"
