"""Config paths: `gateway.auth.token`, `agents.list[0].id`, `models["a.b"]`, or a tuple of steps."""

from __future__ import annotations

import re
from typing import TypeAlias

Steps: TypeAlias = tuple[str | int, ...]
Path: TypeAlias = str | Steps

_STEP = re.compile(r'\.?([^.\[\]"]+)|\[([0-9]+)\]|\["((?:[^"\\]|\\.)*)"\]')


def steps(path: Path) -> Steps:
    """The keys (str) and indexes (int) of a path; () and "" are the whole document.

    Raises ValueError for a text that is no path.
    """
    if isinstance(path, tuple):
        return path
    found: list[str | int] = []
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise ValueError(f"not a config path: {path!r}")
        name, index, quoted = step.groups()
        if index is not None:
            found.append(int(index))
        else:
            found.append(name if name is not None else re.sub(r"\\(.)", r"\1", quoted))
        at = step.end()
    return tuple(found)


def render(path: Path) -> str:
    """The readable text of a path; `steps(render(p)) == p`."""
    from clawupgrade.openclaw.document.lexicon import is_plain_name

    text = ""
    for step in steps(path):
        if isinstance(step, int):
            text += f"[{step}]"
        elif is_plain_name(step) or re.fullmatch(r"[\w$@:/*+-]+", step):
            text += f".{step}" if text else step
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text
