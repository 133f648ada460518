"""Refusals: one message with line and column, exit 6, and never the text of a value."""

from __future__ import annotations

import pytest

from clawupgrade.errors import Exit, Refused
from clawupgrade.openclaw.document import MAX_BYTES, Document, DocumentError

BAD = [
    ("", 1, 1, "a value is missing here"),
    ("{\n  a: 1\n", 3, 1, "the { of line 1, column 1 is not closed"),
    ("{\n  a: 1\n  b: 2\n}", 3, 3, "a comma or } is missing here"),
    ("{a 1}", 1, 4, "a colon is missing after the key"),
    ("{a: }", 1, 5, "a value is missing here"),
    ("[1, , 2]", 1, 5, "a value is missing"),
    ("{,}", 1, 2, "a key is expected here"),
    ("{12x: 1}", 1, 2, "this is not a key"),
    ("{a: 1]", 1, 6, "a comma or } is missing here"),
    ("{a: 1}}", 1, 7, "something stands after the end of the config"),
    ("{a: 1} x", 1, 8, "something stands after the end of the config"),
    ('{a: "x\n"}', 1, 5, "does not end on its line"),
    ("{a: 1 /* x\n}", 1, 7, "this comment is never closed"),
    ("{a: 01}", 1, 5, "a bare word stands where a value belongs"),
    ('{a: "\\1"}', 1, 5, "a backslash escape that JSON5 does not know"),
    ('{a: "\\01"}', 1, 5, "a backslash escape that JSON5 does not know"),
    ("\r\n{\r\n  a: @\r\n}", 3, 6, "the character '@' has no meaning here"),
]


@pytest.mark.parametrize(("text", "line", "column", "problem"), BAD)
def test_the_place_and_the_problem_are_named(text: str, line: int, column: int, problem: str) -> None:
    with pytest.raises(DocumentError) as caught:
        Document.parse(text, source="/etc/openclaw.json")
    error = caught.value
    assert problem in error.message
    assert (error.line, error.column) == (line, column)
    assert error.message.startswith(f"/etc/openclaw.json:{line}:{column}: ")
    assert "\n" not in error.message


def test_a_refusal_is_a_preflight_refusal() -> None:
    with pytest.raises(Refused) as caught:
        Document.parse("{")
    assert caught.value.exit_code is Exit.REFUSED


def test_a_secret_without_quotes_is_not_repeated() -> None:
    with pytest.raises(DocumentError) as caught:
        Document.parse("{gateway: {auth: {token: 5ecret_t0ken}}}")
    assert "5ecret" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("bracket", ["[", "{a:"])
def test_ten_thousand_brackets_are_refused_clearly(bracket: str) -> None:
    with pytest.raises(DocumentError, match="nested deeper than 200 levels"):
        Document.parse(bracket * 10_000)


def test_two_hundred_brackets_are_read_and_edited() -> None:
    document = Document.parse("{a:" * 199 + "[]" + "}" * 199)
    assert document.set(("a",) * 199 + (0,), 1).get(("a",) * 199) == [1]


def test_ten_megabytes_are_refused_before_they_are_read() -> None:
    with pytest.raises(DocumentError, match=r"1:1: the config has 10\.0 MB"):
        Document.parse(b"[" + b" " * 10_000_000)


def test_the_largest_size_is_read() -> None:
    text = "{}" + " " * (MAX_BYTES - 2)
    assert Document.parse(text).value == {}


def test_other_text_than_utf8_is_refused_with_its_place() -> None:
    with pytest.raises(DocumentError, match=r"2:8: the config is not UTF-8 text") as caught:
        Document.parse("{\n  a: 'ü".encode() + b"\xe9'}")
    assert caught.value.line == 2


@pytest.mark.parametrize("path", ["gateway.port.x", "list[5]", "list.a", "gateway[0]"])
def test_a_path_without_a_place_is_refused_with_its_place(path: str) -> None:
    with pytest.raises(DocumentError, match=r"openclaw\.json:1:\d+: cannot set"):
        Document.parse("{gateway: {port: 1}, list: []}").set(path, 1)
