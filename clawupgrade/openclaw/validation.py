"""What `openclaw config validate --json` says against a config: as paths, with a line and a cure for each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from clawupgrade.openclaw.document import Document, Steps, render, steps

_UNKNOWN = re.compile(
    r'(?:Unrecognized keys?|[Mm]ust (?:not|NOT) have additional properties):?\s*((?:"[^"]*"(?:, )?)+)'
)
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Issue:
    """One objection. `unknown` are the full paths of keys that the release does not know."""

    path: Steps
    message: str
    unknown: tuple[Steps, ...] = ()


def issues(output: str) -> tuple[Issue, ...] | None:
    """The objections in the JSON that 2026.4.29 and later print; () for a valid config.

    Log lines around the JSON are skipped. None when there is no such JSON: an older release, or another trouble.
    """
    start = output.find("{")
    if start < 0:
        return None
    try:
        verdict, _ = json.JSONDecoder().raw_decode(output, start)
    except ValueError:
        return None
    if not isinstance(verdict, dict) or not isinstance(verdict.get("valid"), bool):
        return None
    found = verdict.get("issues")
    return tuple(_issue(one) for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


def _issue(entry: dict[str, object]) -> Issue:
    message = str(entry.get("message", ""))
    path = _path(str(entry.get("path", "")))
    names = _UNKNOWN.search(message)
    unknown = tuple((*path, name) for name in _QUOTED.findall(names.group(1))) if names else ()
    return Issue(path, message, unknown)


def _path(text: str) -> Steps:
    """`bindings.0.match`, `bindings[0].match` and `<root>` are all in use."""
    if text in ("", "<root>"):
        return ()
    try:
        found = steps(text)
    except ValueError:
        return (text,)
    return tuple(int(step) if isinstance(step, str) and step.isdecimal() else step for step in found)


def unknown_paths(found: Iterable[Issue]) -> frozenset[Steps]:
    """Every key that the release does not know."""
    return frozenset(path for issue in found for path in issue.unknown)


def explain(document: Document, found: Iterable[Issue], doctor_mends: bool = True) -> tuple[str, ...]:
    """One line per objection: file, line, column, path, what is wrong, what to do.

    doctor_mends: whether the release's own doctor has still to run, which may take an unknown key out.
    """
    lines = []
    for issue in found:
        for path in issue.unknown or (issue.path,):
            line, column = document.position(path)
            where = f"{document.source}:{line}:{column}: {render(path) or 'the config'}"
            if not issue.unknown:
                lines.append(f"{where}: {issue.message}")
            elif doctor_mends:
                lines.append(f"{where}: not known to this release; its doctor moves it or takes it out")
            else:
                lines.append(f"{where}: not known to this release; take it out, or find its new name in the docs")
    return tuple(lines)
