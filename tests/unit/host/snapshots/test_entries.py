from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from clawupgrade.host.snapshots.entries import CONTENT, Entry, Kind, parse, parse_all

_NAMES = st.binary(min_size=1, max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
_FILES = st.builds(
    Entry,
    source=st.just("state"),
    path=_NAMES,
    kind=st.sampled_from([Kind.FILE, Kind.DATABASE]),
    mode=st.integers(0, 0o7777),
    uid=st.integers(0, 2**32 - 2),
    gid=st.integers(0, 2**32 - 2),
    mtime_ns=st.integers(-(2**62), 2**62),
    size=st.integers(0, 2**60),
    sha256=st.just("ab" * 32),
    xattrs=st.lists(st.tuples(_NAMES, st.binary(max_size=9)), max_size=3, unique_by=lambda x: x[0]).map(
        lambda x: tuple(sorted(x))
    ),
    sparse=st.booleans(),
    user_version=st.none() | st.integers(0, 99),
    unsettled=st.booleans(),
)


@given(_FILES)
def test_a_line_gives_back_the_entry(entry: Entry) -> None:
    line = entry.line()
    assert line.isascii()
    assert "\n" not in line
    assert parse("state", line) == entry
    # The short way to write a plain file's line and the encoder must not differ in a byte.
    assert line == json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"))
    assert CONTENT.findall(line.encode("ascii")) == [b"ab" * 32]


def test_a_line_is_canonical_and_leaves_defaults_out() -> None:
    entry = Entry("state", "a\nb\udcff", Kind.FILE, 0o600, 1000, 1000, 5, 2, "ab" * 32)
    assert entry.line() == (
        '{"gid":1000,"kind":"file","mode":"0600","mtime_ns":5,"path":"a\\nb\\udcff","sha256":"'
        + "ab" * 32
        + '","size":2,"uid":1000}'
    )


def test_absence_is_one_short_line() -> None:
    assert Entry("unit", ".", Kind.ABSENT).line() == '{"kind":"absent","path":"."}'


def test_a_manifest_is_read_in_its_order() -> None:
    entries = [Entry("s", ".", Kind.DIR, 0o700), Entry("s", "l", Kind.SYMLINK, 0o777, target="../x\udc80")]
    manifest = "".join(f"{entry.line()}\n" for entry in entries).encode("ascii")
    assert list(parse_all("s", manifest)) == entries
