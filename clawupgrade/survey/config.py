"""Reads the config with its `$include`s, as far as the survey needs values out of it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clawupgrade.errors import Refused
from clawupgrade.openclaw.document import Document
from clawupgrade.ports import Host

_DEEPEST = 10


@dataclass(frozen=True, slots=True)
class Found:
    """A value, the file that holds it, and its key path in that file."""

    value: Any
    file: str
    key: str


@dataclass(frozen=True, slots=True)
class Config:
    """The config's files, parsed; the main one first. Values may be secrets and are not printed."""

    path: str
    files: Mapping[str, Any]

    def find(self, key: str) -> Found | None:
        """Where a dotted key stands, in the main file or in one that it includes; None when nowhere.

        Keys beside an `$include` win over what it brings; of several files the last wins.
        """
        if self.path not in self.files:
            return None
        return self._find(self.files[self.path], self.path, key.split("."), ())

    def get(self, key: str) -> Any:
        """The value at a dotted key, or None."""
        found = self.find(key)
        return found.value if found else None

    def _find(self, node: Any, file: str, rest: list[str], passed: tuple[str, ...]) -> Found | None:
        if not rest:
            return Found(node, file, ".".join(passed))
        if not isinstance(node, dict):
            return None
        if rest[0] in node and (found := self._find(node[rest[0]], file, rest[1:], (*passed, rest[0]))):
            return found
        for name in reversed(_includes(node)):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(file), name))
            if path in self.files and (found := self._find(self.files[path], path, rest, ())):
                return found
        return None


def read_config(host: Host, path: str) -> Config:
    """Parse the config and all that it includes; a config that does not exist is an empty one.

    Raises:
        Refused: a file does not parse; the message has its line and column.
    """
    files: dict[str, Any] = {}
    waiting = [(path, 0)]
    while waiting:
        file, depth = waiting.pop()
        content = host.files.read(file)
        if content is None:
            if file != path:
                raise Refused(f"{path} includes {file}, which does not exist")
            continue
        files[file] = Document.parse(content, source=file).value
        if depth < _DEEPEST:
            folder = posixpath.dirname(file)
            for name in _all_includes(files[file]):
                included = posixpath.normpath(posixpath.join(folder, name))
                if included not in files:
                    waiting.append((included, depth + 1))
    return Config(path, files)


def _all_includes(node: Any) -> list[str]:
    match node:
        case dict():
            return [*_includes(node), *(name for child in node.values() for name in _all_includes(child))]
        case list():
            return [name for child in node for name in _all_includes(child)]
        case _:
            return []


def _includes(node: dict[str, Any]) -> list[str]:
    stated = node.get("$include")
    names = stated if isinstance(stated, list) else [stated]
    return [name for name in names if isinstance(name, str)]
