"""Reading: every JSON5 construct gives the right value, and the text stays what it was to the byte."""

from __future__ import annotations

import json
import math
import time
import timeit
from functools import partial
from json import decoder, scanner
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from json5_texts import documents

from clawupgrade.openclaw.document import Document, Json, same

CONSTRUCTS: list[tuple[str, Json]] = [
    ("// head\n{ /* in */ a: 1, // tail\n}\n// foot", {"a": 1}),
    ('{\'a\': \'it\\\'s\', "b": "say \\"x\\""}', {"a": "it's", "b": 'say "x"'}),
    (
        "{a: 0x1F, b: -0xff, c: +1, d: .5, e: 5., f: 1e3, g: -.5e-1}",
        {"a": 31, "b": -255, "c": 1, "d": 0.5, "e": 5, "f": 1000, "g": -0.05},
    ),
    ("[Infinity, -Infinity, +Infinity]", [math.inf, -math.inf, math.inf]),
    ("{a: 'one \\\n two', b: 'x\\\r\ny'}", {"a": "one  two", "b": "xy"}),
    ("{a: '\\x41\\u0042\\v\\0\\q\\/'}", {"a": "AB\v\0q/"}),
    ("{a: '\\ud83d\\ude00'}", {"a": "😀"}),
    ("{$x_1: 1, ünï: 2, \\u0061b: 3, null: 4}", {"$x_1": 1, "ünï": 2, "ab": 3, "null": 4}),
    ("\ufeff{\r\n  a: [1,],\r\n}\r\n", {"a": [1]}),
    ("{a: 'x\u2028y',\u00a0b: 1}", {"a": "x\u2028y", "b": 1}),
    ("{a: 1, a: 2}", {"a": 2}),
    ("{a: 12345678901234567890}", {"a": 12345678901234567890}),
    ('"only a text"', "only a text"),
    ("{}", {}),
    ("[]", []),
]


@pytest.mark.parametrize(("text", "value"), CONSTRUCTS)
def test_every_construct_is_read_and_kept(text: str, value: Json) -> None:
    document = Document.parse(text)
    assert same(document.value, value)
    assert document.text == text
    assert Document.parse(text.encode()).encoded == text.encode()


def test_nan_and_a_lone_surrogate_are_read_as_javascript_does() -> None:
    values = Document.parse("[NaN, -NaN, '\\ud800']").value
    assert isinstance(values, list)
    assert [value != value for value in values] == [True, True, False]
    assert values[2] == "\ud800"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_any_document_is_read_right_and_kept_to_the_byte(drawn: tuple[Json, str]) -> None:
    value, text = drawn
    document = Document.parse(text)
    assert same(document.value, value)
    assert document.text == text


def test_value_is_fresh_so_that_no_caller_can_change_the_document() -> None:
    document = Document.parse("{a: {b: 1}}")
    value = document.value
    assert isinstance(value, dict)
    value["a"] = None
    assert document.value == {"a": {"b": 1}}


def test_time_grows_with_the_size_and_not_faster() -> None:
    """A ratio, not seconds: eight times the size takes 8 to 10 times as long, and 64 times if each member
    costs what those before it cost.

    A busy machine makes any one measurement longer, never shorter. So both sizes are measured turn by turn, and
    the best of each counts, once enough rounds were taken to have one.
    """
    member = "  // why\n  k%d: {name: 'x', list: [1, 2, 'three'], token: \"${T}\"},\n"
    texts = {members: "{\n" + "".join(member % number for number in range(members)) + "}\n" for members in (1000, 8000)}
    best = dict.fromkeys(texts, float("inf"))
    for turn in range(12):
        for members, text in texts.items():
            began = time.process_time()
            Document.parse(text)
            best[members] = min(best[members], time.process_time() - began)
        if turn >= 2 and best[8000] < 8 * 2.5 * best[1000]:
            return
    raise AssertionError(f"{best[8000] / best[1000]:.0f} times as long for 8 times the size")


class _PlainDecoder(json.JSONDecoder):
    """Python's own JSON reader without its C part: as quick or slow as the machine lets Python be."""

    def __init__(self) -> None:
        super().__init__()
        self.parse_object, self.parse_array = decoder.JSONObject, decoder.JSONArray
        self.parse_string, self.scan_once = decoder.py_scanstring, scanner.py_make_scanner(self)


def test_a_large_config_takes_no_longer_than_a_few_plain_readings() -> None:
    """A ratio, not seconds: 1 MB takes 0.2 to 0.35 s, twice what Python's own reader takes without its C part."""
    member = {"name": "x", "list": [1, 2, "three"], "token": "${T}", "nested": {"a": True, "b": None, "c": "text " * 6}}
    text = json.dumps({f"k{number}": member for number in range(3000)}, indent=2)
    plain, ours = [], []
    for _ in range(5):  # turn by turn, in processor time: what else the machine does hits both alike
        for times, read in ((plain, _PlainDecoder().decode), (ours, Document.parse)):
            # timeit holds the garbage collector: our 75,000 nodes make it walk all that other tests left alive.
            times.append(timeit.Timer(partial(read, text), timer=time.process_time).timeit(1))
    assert len(text) > 500_000
    assert min(ours) < 5 * min(plain)


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parent / "samples").glob("*.json*")), ids=lambda path: path.name
)
def test_every_sample_is_kept_to_the_byte(path: Path) -> None:
    content = path.read_bytes()
    document = Document.parse(content)
    assert document.encoded == content
    assert document.adopt(document.value) is document
