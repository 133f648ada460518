"""What `openclaw config validate --json` says against a config: as paths, with a line and a cure for each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from msgspec import Struct

from clawupgrade.openclaw.document import Document, Steps, render, steps

_UNKNOWN = re.compile(
    r'(?:Unrecognized keys?|[Mm]ust (?:not|NOT) have additional properties):?\s*((?:"[^"]*"(?:, )?)+)'
)
_QUOTED = re.compile(r'"([^"]*)"')


# What doctor leaves as it is, and then touches nothing else either (seen with 2026.9.6): a value of a wrong kind.
_WRONG = re.compile(
    r"(?:Invalid (?:input|option|value|type|enum|string|key)|[Ee]xpected |Too (?:small|big)|Required\b)"
)


class Issue(Struct, frozen=True):
    """One objection. `unknown` are the full paths of keys that the release does not know."""

    path: Steps
    message: str
    unknown: tuple[Steps, ...] = ()

    @property
    def is_wrong_value(self) -> bool:
        """Whether a value is of a wrong kind; the rest are old shapes, which the release's own doctor takes on."""
        return not self.unknown and _WRONG.match(self.message) is not None and "doctor" not in self.message


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
            line, column = document.position(_as_written(document, path))
            where = f"{document.source}:{line}:{column}: {render(path) or 'the config'}"
            if not issue.unknown:
                cure = "; correct the value" if issue.is_wrong_value else ""
                lines.append(f"{where}: {issue.message}{cure}")
            elif doctor_mends:
                lines.append(f"{where}: not known to this release; its doctor moves it or takes it out")
            else:
                lines.append(f"{where}: not known to this release; take it out, or find its new name in the docs")
    return tuple(lines)


def _as_written(document: Document, path: Steps) -> Steps:
    """Where a config says it whose agents still stand in a list: 2026.8 and later speak of `agents.entries`."""
    if path[:2] != ("agents", "entries") or document.has("agents.entries") or len(path) < 3:
        return path
    agents = document.get("agents.list")
    for index, entry in enumerate(agents if isinstance(agents, list) else []):
        if isinstance(entry, dict) and entry.get("id") == path[2]:
            return ("agents", "list", index, *path[3:])
    return path
