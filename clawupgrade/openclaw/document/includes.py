"""`$include`: one value out of the config and the files that it pulls in, merged as OpenClaw merges them.

Follows src/config/includes.ts of 2026.2.12 to 2026.9.6: arrays are joined, objects merged, else the later wins.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

from msgspec import Struct

from clawupgrade.openclaw.document.document import Document
from clawupgrade.openclaw.document.error import DocumentError
from clawupgrade.openclaw.document.path import Steps
from clawupgrade.openclaw.document.tree import Json

INCLUDE: Final = "$include"
MAX_INCLUDE_DEPTH: Final = 10
# OpenClaw skips these when it merges, so that no file can reach into JavaScript's prototypes.
_BLOCKED: Final = frozenset({"__proto__", "prototype", "constructor"})


class Resolved(Struct, frozen=True):
    """The merged value, and every included file once, in the order of reading."""

    value: Json
    files: tuple[PurePosixPath, ...]


def resolve_includes(
    document: Document, read: Callable[[PurePosixPath], bytes], *, path: PurePosixPath | None = None
) -> Resolved:
    """Resolve every `$include` below a document.

    read: gives a file's bytes and raises OSError where it cannot. path: where the document stands; relative
    includes are relative to the file that holds them (default: the document's source).

    Raises DocumentError, with file, line and column of the `$include`, for a file that cannot be read, a
    circle, more than MAX_INCLUDE_DEPTH files deep, and a `$include` that is neither text nor a list of texts.
    """
    reading = _Reading(read, {})
    value = reading.resolve(document, (), (path or PurePosixPath(document.source),))
    return Resolved(value, tuple(reading.files))


class _Reading(Struct, frozen=True):
    """What has been read; `files` keeps the order."""

    read: Callable[[PurePosixPath], bytes]
    files: dict[PurePosixPath, Document]

    def resolve(self, document: Document, way: Steps, chain: tuple[PurePosixPath, ...]) -> Json:
        """The value at `way` with its includes; `chain` are the files from the config to this one."""
        return self._value(document, document.get(way), way, chain)

    def _value(self, document: Document, value: Json, way: Steps, chain: tuple[PurePosixPath, ...]) -> Json:
        if isinstance(value, list):
            return [self._value(document, inner, (*way, index), chain) for index, inner in enumerate(value)]
        if not isinstance(value, dict):
            return value
        beside = {
            key: self._value(document, inner, (*way, key), chain) for key, inner in value.items() if key != INCLUDE
        }
        if INCLUDE not in value:
            return beside
        place = (*way, INCLUDE)
        included = self._included(document, value[INCLUDE], place, chain)
        if not beside:
            return included
        if not isinstance(included, dict):
            raise _fail(document, place, "keys stand beside this $include, but the file holds no object")
        return _merge(included, beside)

    def _included(self, document: Document, names: Json, place: Steps, chain: tuple[PurePosixPath, ...]) -> Json:
        if isinstance(names, str):
            return self._file(document, names, place, chain)
        if not isinstance(names, list):
            raise _fail(document, place, "$include takes the name of a file, or a list of names")
        merged: Json = {}
        for index, name in enumerate(names):
            if not isinstance(name, str):
                raise _fail(document, (*place, index), "$include takes the name of a file, or a list of names")
            merged = _merge(merged, self._file(document, name, (*place, index), chain))
        return merged

    def _file(self, document: Document, name: str, place: Steps, chain: tuple[PurePosixPath, ...]) -> Json:
        path = PurePosixPath(posixpath.normpath(chain[-1].parent / name))
        if path in chain:
            circle = " → ".join(map(str, (*chain, path)))
            raise _fail(document, place, f"this $include closes a circle: {circle}")
        if len(chain) > MAX_INCLUDE_DEPTH:
            raise _fail(document, place, f"$include goes deeper than {MAX_INCLUDE_DEPTH} files")
        if path not in self.files:
            self.files[path] = self._read(document, path, place)
        return self.resolve(self.files[path], (), (*chain, path))

    def _read(self, document: Document, path: PurePosixPath, place: Steps) -> Document:
        try:
            content = self.read(path)
        except FileNotFoundError:
            raise _fail(document, place, f"{path}, which is included here, does not exist") from None
        except OSError as error:
            raise _fail(document, place, f"{path}, which is included here, cannot be read: {error.strerror}") from error
        return Document.parse(content, source=str(path))


def _merge(under: Json, over: Json) -> Json:
    if isinstance(under, list) and isinstance(over, list):
        return [*under, *over]
    if isinstance(under, dict) and isinstance(over, dict):
        merged = dict(under)
        for key, value in over.items():
            if key not in _BLOCKED:
                merged[key] = _merge(merged[key], value) if key in merged else value
        return merged
    return over


def _fail(document: Document, place: Steps, problem: str) -> DocumentError:
    line, column = document.position(place)
    return DocumentError(problem, source=document.source, line=line, column=column)
