"""One snapshot as one file for another machine: a tar that plain tools read, encrypted where asked."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, cast

from clawupgrade.host.durable import sync_folder
from clawupgrade.host.snapshots.age import Encrypted, recipient
from clawupgrade.host.snapshots.archive import Archive, manifest_name
from clawupgrade.host.snapshots.entries import ROOT, Entry, Kind
from clawupgrade.host.snapshots.errors import SnapshotDamaged, refused

_TYPES = {
    Kind.FILE: tarfile.REGTYPE,
    Kind.DATABASE: tarfile.REGTYPE,
    Kind.DIR: tarfile.DIRTYPE,
    Kind.SYMLINK: tarfile.SYMTYPE,
    Kind.FIFO: tarfile.FIFOTYPE,
}


def export(archive: Archive, snapshot_id: str, target: Path, recipients: Sequence[str]) -> None:
    """Write snapshot.json, the manifests and tree/<source>/… as a tar (pax), 0600, in one rename.

    With age recipients (age1…), only they can read it. Attributes travel as SCHILY.xattr records, which
    GNU tar and bsdtar know. Raises SnapshotDamaged for a bad content, ValueError for a bad recipient.
    """
    keys = [recipient(text) for text in recipients]
    header = archive.sealed(snapshot_id)
    temporary = target.with_name(f".{target.name}.clawupgrade-export")
    try:
        with ExitStack() as stack:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            raw = stack.enter_context(os.fdopen(descriptor, "wb"))
            out: IO[bytes] = raw
            if keys:
                out = cast("IO[bytes]", stack.enter_context(Encrypted(raw, keys)))
            with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 16) as tar:
                _add_bytes(tar, "snapshot.json", header.text(), header.when)
                for source in header.sources:
                    manifest = archive.manifest(snapshot_id, source.name)
                    _add_bytes(tar, manifest_name(source.name), manifest, header.when)
                for entry in archive.all_entries(snapshot_id):
                    _add(archive, tar, entry)
            out.flush()
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.rename(target)
        sync_folder(target.parent)
    except OSError as problem:
        raise refused(problem, target) from problem
    finally:
        temporary.unlink(missing_ok=True)


def _add(archive: Archive, tar: tarfile.TarFile, entry: Entry) -> None:
    if entry.kind not in _TYPES:
        return
    name = f"tree/{entry.source}" if entry.path == ROOT else f"tree/{entry.source}/{entry.path}"
    info = tarfile.TarInfo(name)
    info.type = _TYPES[entry.kind]
    info.mode, info.uid, info.gid, info.mtime = entry.mode, entry.uid, entry.gid, entry.mtime_ns // 10**9
    info.linkname = entry.target
    info.pax_headers = {
        "mtime": f"{entry.mtime_ns // 10**9}.{entry.mtime_ns % 10**9:09d}",
        **{f"SCHILY.xattr.{k}": v.decode("utf-8", "surrogateescape") for k, v in entry.xattrs},
    }
    if not entry.kind.has_content:
        tar.addfile(info)
        return
    if archive.objects.digest(entry.sha256) != (entry.sha256, entry.size):
        raise SnapshotDamaged(f"the snapshot is damaged: {entry.source}/{entry.path}", "Export another one.")
    info.size = entry.size
    with archive.objects.reader(entry.sha256) as content:
        tar.addfile(info, content)


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes, when: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = len(data), when, 0o600
    tar.addfile(info, io.BytesIO(data))
