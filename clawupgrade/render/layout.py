"""How pages are set: a label, a text beside it, wrapped where a terminal ends; colour only where it is wanted."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping
from typing import TextIO

_CODES = {"good": "1;32", "bad": "1;31", "warn": "1;33", "faint": "2", "bold": "1"}
_LABEL = 11
_WIDEST = 100


def width_of(out: TextIO) -> int | None:
    """Columns to wrap at; None for a pipe or a file, whose reader wraps or searches by itself."""
    return min(shutil.get_terminal_size((80, 24)).columns, _WIDEST) if out.isatty() else None


def height_of(out: TextIO) -> int | None:
    """Lines that are seen at once, one of them for a question; None where all can be scrolled or searched."""
    return shutil.get_terminal_size((80, 24)).lines - 1 if out.isatty() else None


def is_colourful(out: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether colours are wanted (https://no-color.org) and understood there."""
    return out.isatty() and not environ.get("NO_COLOR") and environ.get("TERM", "dumb") not in ("", "dumb")


def painted(text: str, tone: str, out: TextIO | None = None) -> str:
    """The text in a tone: good, bad, warn, faint or bold."""
    if not tone or not is_colourful(out or sys.stdout):
        return text
    return f"\x1b[{_CODES[tone]}m{text}\x1b[0m"


def rows(pairs: Iterable[tuple[str, str]], width: int | None) -> list[str]:
    """`  label      text`, with what does not fit below itself; pairs without a text are left out."""
    found: list[str] = []
    for label, text in pairs:
        if not text:
            continue
        head = f"  {label:<{_LABEL}} "
        for paragraph in text.splitlines():
            found += wrapped(paragraph, head, width)
            head = " " * (_LABEL + 3)
    return found


def wrapped(text: str, head: str, width: int | None) -> list[str]:
    """The text after its head, broken between words only: paths and commands stay whole, to be copied."""
    if width is None:
        return [f"{head}{text}"]
    return textwrap.wrap(
        text,
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head.rstrip()]
