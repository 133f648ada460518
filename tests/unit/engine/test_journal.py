"""The journal's lines: what is torn is cut off, what is damaged is refused, and nothing else is let through."""

from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clawupgrade.engine.journal import (
    JOURNAL_FORMAT,
    KINDS,
    RUN_OPENED,
    STEP_BEGAN,
    STEP_DONE,
    STEP_FAILED,
    Record,
    decode,
    encode,
)
from clawupgrade.errors import Exit, JournalDamaged

RECORDS = (
    Record(0, "2026-09-01T00:00:00+00:00", RUN_OPENED, "", {"format": 1, "run_id": "a"}),
    Record(1, "2026-09-01T00:00:01+00:00", STEP_BEGAN, "stage:2026.9.6"),
    Record(2, "2026-09-01T00:00:21+00:00", STEP_DONE, "stage:2026.9.6", {"files": 13_000, "line": "a\nb"}),
    Record(3, "2026-09-01T00:00:22+00:00", STEP_FAILED, "quiesce", {"error": "„nicht gestoppt“"}),
)
LINES = tuple(encode(record) for record in RECORDS)
CONTENT = b"".join(LINES)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_what_was_written_is_read() -> None:
    assert decode(CONTENT) == (RECORDS, len(CONTENT))


def test_a_record_is_one_line_whatever_it_says() -> None:
    assert all(line.count(b"\n") == 1 and line.endswith(b"\n") for line in LINES)


@given(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.text(), st.dictionaries(st.text(), json_values))))
def test_any_records_come_back(entries: list[tuple[str, str, dict[str, object]]]) -> None:
    written = tuple(Record(n, "t", kind, step, data) for n, (kind, step, data) in enumerate(entries))
    content = b"".join(map(encode, written))
    assert decode(content) == (written, len(content))


def test_a_tail_torn_at_any_byte_is_cut_off() -> None:
    ends = [sum(map(len, LINES[: number + 1])) for number in range(len(LINES))]
    for length in range(len(CONTENT) + 1):
        whole = sum(end <= length for end in ends)
        assert decode(CONTENT[:length]) == (RECORDS[:whole], sum(map(len, LINES[:whole])))


def test_a_torn_tail_may_be_anything() -> None:
    for tail in (b"\0" * 400, b"\n", b"\n\n\n", b"rubbish\nand more\n", LINES[3][:-9] + b"\n"):
        assert decode(b"".join(LINES[:3]) + tail) == (RECORDS[:3], sum(map(len, LINES[:3])))


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80])
def test_a_flipped_bit_before_a_good_line_is_damage(mask: int) -> None:
    for place in range(len(CONTENT) - len(LINES[-1])):
        content = bytearray(CONTENT)
        content[place] ^= mask
        with pytest.raises(JournalDamaged):
            decode(bytes(content))


def test_a_flipped_bit_in_the_last_line_takes_that_line_alone() -> None:
    before = len(CONTENT) - len(LINES[-1])
    for place in range(before, len(CONTENT)):
        content = bytearray(CONTENT)
        content[place] ^= 0x01
        assert decode(bytes(content)) == (RECORDS[:3], before)


def test_a_record_that_is_missing_or_repeated_is_damage() -> None:
    for lines in (LINES[:1] + LINES[2:], LINES[:2] + LINES[1:], LINES[1:]):
        with pytest.raises(JournalDamaged, match="jumps"):
            decode(b"".join(lines))


def test_a_newer_format_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(JournalDamaged, match="format 2") as refused:
        decode(CONTENT + _line({"v": JOURNAL_FORMAT + 1, "n": 4}))
    assert refused.value.exit_code is Exit.CONFIG
    assert "newer" in refused.value.hint


def test_an_unknown_record_is_refused() -> None:
    with pytest.raises(JournalDamaged, match="unknown record"):
        decode(_line({"v": 1, "n": 0, "at": "", "kind": "run.dreamt", "step": "", "data": {}}))


@pytest.mark.parametrize("document", [[], 5, {"v": 1}, {"v": 1, "n": 0, "kind": RUN_OPENED}])
def test_a_line_that_is_sound_but_no_record_is_damage(document: object) -> None:
    with pytest.raises(JournalDamaged):
        decode(_line(document))


def _line(document: object) -> bytes:
    body = json.dumps(document).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)
