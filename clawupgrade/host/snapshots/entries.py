"""One line of the manifest: what a path was, to the bit, and how it is written down."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"

CONTENT = re.compile(rb'"sha256":"([0-9a-f]{64})"')  # in a line: a path cannot look like it, its quotes are escaped
_UTF8 = sys.getfilesystemencoding() == "utf-8"  # fixed when Python starts
ROOT = "."  # the path of a source's own top, file or folder


class Kind(StrEnum):
    """What a path is. SOCKET and DEVICE are recorded, never recreated; ABSENT means: was not there."""

    FILE = "file"
    DATABASE = "database"
    DIR = "dir"
    SYMLINK = "symlink"
    FIFO = "fifo"
    SOCKET = "socket"
    DEVICE = "device"
    ABSENT = "absent"

    @property
    def has_content(self) -> bool:
        """True where bytes are kept in the object store."""
        return self in (Kind.FILE, Kind.DATABASE)


class Entry(Struct, frozen=True):
    """One path of one source; `path` is relative to the source ("." is the source itself), mtime in ns."""

    source: str
    path: str
    kind: Kind
    mode: int = 0
    uid: int = 0
    gid: int = 0
    mtime_ns: int = 0
    size: int = 0
    sha256: str = ""
    target: str = ""
    xattrs: tuple[tuple[str, bytes], ...] = ()
    sparse: bool = False
    user_version: int | None = None
    checked: str = ""  # how deep a database could be checked: "integrity", "structure"
    unsettled: bool = False

    def line(self) -> str:
        """Canonical JSON, one line, defaults left out; names that are not UTF-8 survive as surrogates."""
        if self._is_plain():
            return plain_line(self.path, self.mode, self.uid, self.gid, self.mtime_ns, self.sha256, self.size)
        return self._any_line()

    def _is_plain(self) -> bool:
        return (
            self.kind is Kind.FILE and not (self.xattrs or self.sparse or self.unsettled) and self.user_version is None
        )

    def _any_line(self) -> str:
        record: dict[str, JSON] = {"kind": self.kind.value, "path": portable(self.path)}
        if self.kind is not Kind.ABSENT:
            record |= {
                "gid": self.gid,
                "mode": f"{self.mode:04o}",
                "mtime_ns": self.mtime_ns,
                "uid": self.uid,
            }
        if self.kind.has_content:
            record |= {"sha256": self.sha256, "size": self.size}
        if self.kind is Kind.SYMLINK:
            record["target"] = portable(self.target)
        if self.xattrs:
            record["xattrs"] = {portable(k): base64.b64encode(v).decode("ascii") for k, v in self.xattrs}
        if self.sparse:
            record["sparse"] = True
        if self.user_version is not None:
            record |= {"checked": self.checked, "user_version": self.user_version}
        if self.unsettled:
            record["unsettled"] = True
        return _encode(record)


def plain_line(path: str, mode: int, uid: int, gid: int, mtime_ns: int, sha256: str, size: int) -> str:
    """The line of a file that has nothing but content: nearly all are, and the encoder takes twice as long."""
    return (
        f'{{"gid":{gid},"kind":"file","mode":"{mode:04o}","mtime_ns":{mtime_ns},'
        f'"path":{_quoted(portable(path))},"sha256":"{sha256}","size":{size},"uid":{uid}}}'
    )


_quoted = json.encoder.encode_basestring_ascii  # what the encoder below uses itself

# One encoder for all lines: json.dumps would build one for each.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False).encode


def parse(source: str, line: str) -> Entry:
    """The entry of one manifest line; raises ValueError or KeyError for a line that is none."""
    record = json.loads(line)
    xattrs = record.get("xattrs", {})
    return Entry(
        source=source,
        path=native(record["path"]),
        kind=Kind(record["kind"]),
        mode=int(record.get("mode", "0"), 8),
        uid=record.get("uid", 0),
        gid=record.get("gid", 0),
        mtime_ns=record.get("mtime_ns", 0),
        size=record.get("size", 0),
        sha256=record.get("sha256", ""),
        target=native(record.get("target", "")),
        xattrs=tuple(sorted((native(k), base64.b64decode(v)) for k, v in xattrs.items())),
        sparse=record.get("sparse", False),
        user_version=record.get("user_version"),
        checked=record.get("checked", ""),
        unsettled=record.get("unsettled", False),
    )


def parse_all(source: str, manifest: bytes) -> Iterator[Entry]:
    """Every entry of one source's manifest, in its order."""
    start = 0
    while start < len(manifest):
        end = manifest.index(b"\n", start)
        yield parse(source, manifest[start:end].decode("ascii"))
        start = end + 1


def portable(name: str) -> str:
    """A file name as it is written down: the same text whatever the locale of the process was."""
    if _UTF8:
        return name
    return os.fsencode(name).decode("utf-8", "surrogateescape")


def native(name: str) -> str:
    """The inverse of `portable` for this process's locale."""
    if _UTF8:
        return name
    return os.fsdecode(name.encode("utf-8", "surrogateescape"))
