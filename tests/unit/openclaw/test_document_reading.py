"""A value that is only read is the one that the document has, whichever reader was taken."""

from __future__ import annotations

import json

import pytest

from clawupgrade.openclaw.document import Document, DocumentError, read_value, value_at

SOUND = (
    "{}",
    '{"a": [1, 2.5, -3e2, true, null, "ü\\u00e9\\ud83d\\ude00"], "b": {"c": {}}}',
    '{"twice": 1, "twice": 2}',
    "{a: 'x', /* remark */ b: [1,], c: .5, d: 0x10, e: NaN}",
    '\ufeff{"bom": 1}',
    '{"whole": 12345678901234567890123}',
    json.dumps({"deep": json.loads("[" * 150 + "]" * 150)}),
)
REFUSED = ("", "[1,", '{"a": }', "{" + '"a":{' * 250 + "}" * 251, "[" * 100_000)


@pytest.mark.parametrize("text", SOUND, ids=lambda text: text[:30])
def test_the_value_is_the_documents(text: str) -> None:
    assert repr(read_value(text)) == repr(Document.parse(text).value)
    assert repr(read_value(text.encode())) == repr(Document.parse(text.encode()).value)


@pytest.mark.parametrize("text", [*REFUSED, b'{"a": "\xff"}', '{"a": 1}'.encode("utf-16")], ids=lambda text: text[:12])
def test_what_openclaw_cannot_read_is_refused_in_the_same_words(text: str | bytes) -> None:
    with pytest.raises(DocumentError) as wanted:
        Document.parse(text)
    with pytest.raises(DocumentError) as caught:
        read_value(text)
    assert (caught.value.message, caught.value.hint) == (wanted.value.message, wanted.value.hint)


@pytest.mark.parametrize("path", ["a.b", "a.list[1].c", "a.list[2]", "a.list.x", "nothing", "a.b.c", ("a", "x.y"), ""])
def test_a_path_leads_to_the_same_place(path: str) -> None:
    document = Document.parse('{"a": {"b": 1, "list": [0, {"c": "d"}], "x.y": null}}')
    assert value_at(document.value, path) == document.get(path)
