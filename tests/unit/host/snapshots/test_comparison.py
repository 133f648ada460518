from __future__ import annotations

from pathlib import Path

from clawupgrade.host.snapshots.comparison import changes
from clawupgrade.host.snapshots.entries import Entry, Kind
from clawupgrade.host.snapshots.sources import Placed

_SOURCE = Placed("state", "/s", "/s", ())


def _manifest(*entries: Entry) -> bytes:
    return "".join(f"{entry.line()}\n" for entry in entries).encode("ascii")


def _file(path: str, mtime_ns: int = 0) -> Entry:
    return Entry("state", path, Kind.FILE, mtime_ns=mtime_ns, sha256="ab" * 32)


def test_each_path_is_on_one_side() -> None:
    before = _manifest(_file("gone"), _file("same"), _file("touched"))
    now = _manifest(_file("same"), _file("touched", 1), _file("new"))
    assert changes([(_SOURCE, before, now)]) == ((Path("/s/new"),), (Path("/s/touched"),), (Path("/s/gone"),))


def test_a_source_that_appears_is_added_not_changed() -> None:
    absent = _manifest(Entry("state", ".", Kind.ABSENT))
    assert changes([(_SOURCE, absent, _manifest(_file(".")))]) == ((Path("/s"),), (), ())
    assert changes([(_SOURCE, absent, absent)]) == ((), (), ())
