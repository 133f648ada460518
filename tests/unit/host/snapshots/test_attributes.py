from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from clawupgrade.host.snapshots.attributes import apply, xattrs_of
from clawupgrade.host.snapshots.entries import Entry, Kind


def _entry(path: Path, **changes: object) -> Entry:
    info = path.lstat()
    fields = {"mode": 0o640, "uid": info.st_uid, "gid": info.st_gid, "mtime_ns": 1_700_000_000_000_000_001}
    return Entry("s", path.name, Kind.FILE, **(fields | changes))  # type: ignore[arg-type]


def test_all_is_given_and_time_comes_last(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("x")
    os.setxattr(file, "user.other", b"goes")
    notes: list[str] = []
    apply(_entry(file, mode=0o4750, xattrs=(("user.note", b"\0"),)), str(file), lambda path, what: notes.append(what))
    info = file.stat()
    assert (stat.S_IMODE(info.st_mode), info.st_mtime_ns) == (0o4750, 1_700_000_000_000_000_001)
    assert xattrs_of(str(file)) == (("user.note", b"\0"),)
    assert notes == []


def test_what_the_system_refuses_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ordinary user cannot give files away; the report must say which were not."""
    file = tmp_path / "f"
    file.write_text("x")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr(os, "chown", refuse)
    monkeypatch.setattr(os, "setxattr", refuse)
    notes: list[tuple[str, str]] = []
    entry = _entry(file, uid=4711, gid=4712, xattrs=(("security.x", b"1"),))
    apply(entry, str(file), lambda path, what: notes.append((path, what)))
    assert notes == [(str(file), "owner 4711:4712"), (str(file), "security.x")]
    assert file.stat().st_mtime_ns == entry.mtime_ns


def test_other_trouble_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "f"
    file.write_text("x")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "setxattr", full)
    with pytest.raises(OSError, match="full"):
        apply(_entry(file, xattrs=(("user.x", b"1"),)), str(file), lambda path, what: None)
