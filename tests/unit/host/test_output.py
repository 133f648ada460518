"""A child's output is taken in with bounded memory, line by line."""

from __future__ import annotations

import os

from clawupgrade.host.output import KEPT, Output


def _fed(content: bytes, on_line=None) -> tuple[Output, int]:
    reading, writing = os.pipe()
    output = Output(reading, on_line)
    for start in range(0, len(content), 32768):
        os.write(writing, content[start : start + 32768])
        while output.take():
            pass
    os.close(writing)
    return output, reading


def test_lines_come_whole_however_they_are_cut() -> None:
    lines: list[str] = []
    reading, writing = os.pipe()
    output = Output(reading, lines.append)
    for piece in (b"one\r\ntw", b"o \xc3", b"\xa4\n", b"three"):
        os.write(writing, piece)
        output.take()
    assert lines == ["one", "two ä"]
    assert output.finish() == "one\r\ntwo ä\nthree"
    assert lines == ["one", "two ä", "three"]


def test_nothing_there_is_not_the_end() -> None:
    reading, writing = os.pipe()
    output = Output(reading, None)
    assert output.take() is None
    os.close(writing)
    assert output.take() == 0


def test_the_last_megabyte_stays() -> None:
    output, _ = _fed(b"x" * (3 * KEPT) + b"the end")
    kept = output.finish()
    assert len(kept) == KEPT
    assert kept.endswith("the end")


def test_a_line_without_an_end_is_handed_on_in_pieces() -> None:
    lines: list[str] = []
    output, _ = _fed(b"y" * 100_000, lines.append)
    output.finish()
    assert sum(map(len, lines)) == 100_000
    assert max(map(len, lines)) <= 16 * 1024 + 64 * 1024


def test_draining_ends_though_a_stranger_writes_on() -> None:
    reading, writing = os.pipe()
    output = Output(reading, None)
    takes = 0
    take = output.take

    def flooded() -> int | None:
        nonlocal takes
        takes += 1
        os.write(writing, b"z" * 4096)
        return take()

    output.take = flooded  # type: ignore[method-assign]
    output.drain()
    assert takes <= 64
