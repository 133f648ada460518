"""Reads the config with its `$include`s, as far as the survey needs values out of it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct

from clawupgrade.openclaw.document import read_value
from clawupgrade.ports import Host


class Found(Struct, frozen=True):
    """A value, the file that holds it, and its key path in that file."""

    value: Any
    file: str
    key: str


class Config(Struct, frozen=True):
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
        DocumentError: a file does not parse or is missing, or includes go in a circle; with line and column.
    """
    content = host.files.read(path)
    if content is None:
        return Config(path, {})
    value = read_value(content, source=path)
    if not _includes_any(value):
        return Config(path, {path: value})
    from clawupgrade.openclaw.document import Document, resolve_includes

    document = Document.parse(content, source=path)
    read: dict[str, bytes] = {}

    def read_included(included: PurePosixPath) -> bytes:
        found = host.files.read(str(included))
        if found is None:
            raise FileNotFoundError(2, "there is no such file", str(included))
        read[str(included)] = found
        return found

    resolve_includes(document, read_included, path=PurePosixPath(path))
    included = {file: Document.parse(text, source=file).value for file, text in read.items()}
    return Config(path, {path: document.value, **included})


def _includes_any(value: Any) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (isinstance(value, dict) and "$include" in value) or any(_includes_any(each) for each in inner)


def _includes(node: dict[str, Any]) -> list[str]:
    stated = node.get("$include")
    names = stated if isinstance(stated, list) else [stated]
    return [name for name in names if isinstance(name, str)]
