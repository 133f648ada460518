"""What a run says while it goes: one line a step, on stderr, so that stdout stays one document."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TextIO

from clawupgrade.ports import Event


@dataclass(slots=True)
class PlainView:
    """Lines for a pipe, a log, or a terminal without colour."""

    out: TextIO = field(default_factory=lambda: sys.stderr)
    verbose: bool = False
    quiet: bool = False

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if self.quiet and event.kind not in ("step.failed", "undo.failed"):
            return
        match event.kind:
            case "step.began":
                text = f"• {event.step}"
            case "step.done":
                text = f"✓ {event.step} ({event.data.get('seconds', 0):.1f} s)"
            case "step.failed":
                text = f"✗ {event.step}: {event.text}"
            case "undo.began":
                text = f"↩ going back over {event.step}"
            case "undo.done":
                text = f"↩ {event.step} undone ({event.data.get('seconds', 0):.1f} s)"
            case "undo.failed":
                text = f"✗✗ could not undo {event.step}: {event.text}"
            case "line":
                if not self.verbose:
                    return
                text = f"    {event.text}"
            case _:
                text = f"  {event.text}"
        print(text, file=self.out, flush=True)  # noqa: T201
