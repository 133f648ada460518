"""What a command showed on a terminal of 80 × 24 inside a host, frame by frame, and a picture of it."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path

from lab.host import Host
from rich.console import Console
from rich.text import Text

_ANEW = re.compile(r"(?:\x1b\[2K|\x1b\[1A)+")
"""What the live view sends before it draws itself once more."""
_CURSOR = re.compile(r"\x1b\[\?25[lh]")
_MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


@dataclass(frozen=True, slots=True)
class Seen:
    """frames: the live view as it was drawn, oldest first; last: what stands there when the command has ended."""

    rc: int | None
    frames: tuple[str, ...]
    last: str


def watch(host: Host, command: str, *, limit: float = 1500.0) -> Seen:
    """Type a command at a terminal inside, and look at it to its end."""
    line = f"stty cols 80 rows 24; {command}"
    env = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
    done = host.run(["script", "-q", "-e", "-f", "-c", line, "/tmp/typescript"], env=env, timeout=limit)
    # Text that comes out of a pipe has lost its carriage returns.
    said = b64decode(host.run(["base64", "/tmp/typescript"], check=True).out).decode("utf-8", "replace")
    body = re.sub(r"\AScript started .*\n|\n*Script done .*\s*\Z", "", said)
    *frames, last = _ANEW.split(_CURSOR.sub("", body).replace("\r\n", "\n").replace("\r", ""))
    return Seen(done.rc, tuple(each for each in frames if each.strip()), last.strip("\n"))


def picture(file: Path, title: str, parts: list[str]) -> None:
    """What was seen, as it was coloured, below each other in one window."""
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for index, part in enumerate(parts):
        if index:
            console.print()
        console.print(Text.from_ansi(part.rstrip()), no_wrap=True, overflow="ignore", crop=True)
    svg = console.export_svg(title=title)
    # No font from elsewhere: a page that shows the picture asks nobody for anything.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.S).replace("Fira Code, monospace", _MONO)
    file.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")
