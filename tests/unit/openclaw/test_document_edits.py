"""Editing: what was asked for is there, and all the rest is the same to the byte."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from json5_texts import documents

from clawupgrade.openclaw.document import Document, Json, Steps, same
from clawupgrade.openclaw.document.tree import Container, Node

CONFIG = """\
// of the house
{
  gateway: {
    port: 18789, // the port
    token: 'abc', // legacy
    auth: {},
  },

  "hooks": { enabled: true, 'token': "x" }, list: [1, 2, 3],
  // all that follows is tall
  tall: [
    'a', // first
    'b' // second
  ]
}
"""

quick = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text())
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)), max_leaves=8
)


def edited(**changes: str) -> str:
    """CONFIG with the given substrings (keys are only labels) replaced: `was=>is`."""
    text = CONFIG
    for change in changes.values():
        was, _, becomes = change.partition("=>")
        assert text.count(was) == 1
        text = text.replace(was, becomes)
    return text


def test_a_scalar_is_replaced_in_its_place() -> None:
    assert Document.parse(CONFIG).set("gateway.port", 19000).text == edited(port="18789=>19000")
    assert Document.parse(CONFIG).set("hooks.token", "y").text == edited(token='"x"=>"y"')


def test_an_equal_value_changes_nothing() -> None:
    document = Document.parse(CONFIG)
    assert document.set("gateway.port", 18789.0) is document
    assert document.set((), document.value) is document
    assert document.delete("gateway.nothing") is document


def test_a_move_keeps_every_other_line() -> None:
    document = Document.parse(CONFIG).set("gateway.auth.token", "abc").delete("gateway.token")
    expected = edited(gone="    token: 'abc', // legacy\n=>", auth="auth: {}=>auth: {\n      token: 'abc'\n    }")
    assert document.text == expected


def test_new_members_take_after_their_neighbours() -> None:
    document = Document.parse(CONFIG).set("hooks.path", "/x").set("list[3]", 4).set("gateway.bind", "lan")
    expected = edited(
        hooks='"x" }=>"x", \'path\': "/x" }', list="3]=>3, 4]", bind="auth: {},=>auth: {},\n    bind: 'lan',"
    )
    assert document.text == expected


def test_a_remark_stays_with_the_element_it_stands_behind() -> None:
    document = Document.parse(CONFIG).set("tall[2]", "c")
    assert document.text == edited(tall="'b' // second=>'b', // second\n    'c'")


def test_removals_of_first_last_and_all() -> None:
    document = Document.parse(CONFIG)
    assert document.delete("tall[1]").text == edited(b="    'b' // second\n=>", a="'a',=>'a'")
    assert document.delete("tall[0]").text == edited(a="    'a', // first\n=>")
    assert document.delete("hooks.enabled").text == edited(one="enabled: true, =>")
    assert document.delete("hooks.token").text == edited(one=", 'token': \"x\"=>")
    assert document.delete("list[2]").delete("list[1]").delete("list[0]").text == edited(all="[1, 2, 3]=>[]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":{"b":1}}', '{"a":{"b":1,"n":{"x":[1,2]}}}'),
        ('{"a": {"b": 1}}', '{"a": {"b": 1, "n": {"x": [1, 2]}}}'),
        ("{ a: { b: 1, }, }", "{ a: { b: 1, n: { x: [1, 2] }, }, }"),
        ("{a: {/* none */}}", "{a: {/* none */ n: {x: [1, 2]}}}"),
        (
            "{\n\ta: {},\n}",
            "{\n\ta: {\n\t\tn: {\n\t\t\tx: [\n\t\t\t\t1,\n\t\t\t\t2,\n\t\t\t],\n\t\t},\n\t},\n}",
        ),
        (
            "{\r\n a: {\r\n  // x\r\n }\r\n}",
            "{\r\n a: {\r\n  // x\r\n  n: {\r\n   x: [\r\n    1,\r\n    2\r\n   ]\r\n  }\r\n }\r\n}",
        ),
        ("{a: {b: 1 // last\n}}", "{a: {b: 1, n: {x: [1, 2]} // last\n}}"),
        (
            "{\n  a: {\n    b: 1 // last\n  }}",
            "{\n  a: {\n    b: 1, // last\n    n: {\n      x: [\n        1,\n        2\n      ]\n    }\n  }}",
        ),
    ],
)
def test_the_layout_of_a_new_object_follows_the_text(text: str, expected: str) -> None:
    assert Document.parse(text).set("a.n.x", [1, 2]).text == expected


def test_equal_keys_are_edited_where_the_winner_stands_and_removed_together() -> None:
    document = Document.parse("{a: 1, b: 2, a: 3}")
    assert document.set("a", 4).text == "{a: 1, b: 2, a: 4}"
    assert document.delete("a").text == "{b: 2}"


def test_comments_come_back_to_a_flattened_config() -> None:
    flattened = Document.parse(CONFIG).value
    assert isinstance(flattened, dict)
    flattened["meta"] = {"lastTouchedVersion": "2026.9.6"}
    assert isinstance(flattened["gateway"], dict)
    flattened["gateway"]["port"] = 19000
    del flattened["list"]
    document = Document.parse(CONFIG).adopt(flattened)
    assert document.value == flattened
    for comment in (
        "// of the house",
        "// the port",
        "// legacy",
        "// all that follows is tall",
        "// second",
    ):
        assert comment in document.text


def test_a_section_is_moved_with_its_comments_and_its_margin() -> None:
    document = Document.parse("{\n  old: {\n    // why\n    a: 1, b: [ 2 ],\n  },\n  c: { d: 3 },\n}")
    assert document.move("old", "x.new").text == (
        "{\n  c: { d: 3 },\n  x: {\n    new: {\n      // why\n      a: 1, b: [ 2 ],\n    },\n  },\n}"
    )
    assert document.move("nothing", "x") is document


def test_a_text_over_two_lines_is_the_same_text_after_a_move() -> None:
    document = Document.parse("{\n  a: {\n    note: 'one \\\n    two',\n  },\n  b: {\n    c: 1,\n  },\n}")
    moved = document.move("a", "b.a")
    assert moved.get("b.a.note") == document.get("a.note") == "one     two"


def leaves(node: Node, text: str, way: Steps = ()) -> dict[Steps, str]:
    """The source text of every scalar (and empty bracket) by path."""
    if not isinstance(node, Container) or not node.items:
        return {way: text[node.start : node.end]}
    found: dict[Steps, str] = {}
    for index, item in enumerate(node.items):
        found |= leaves(item.node, text, (*way, item.key if node.is_object else index))
    return found


STRING_OR_COMMENT = re.compile(
    r"""("(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*')|(//[^\n\r\u2028\u2029]*|/\*[\s\S]*?\*/)"""
)


def comments(text: str) -> list[str]:
    return [comment for _, comment in STRING_OR_COMMENT.findall(text) if comment]


@quick
@given(documents(), values, st.data())
def test_a_set_changes_its_path_and_nothing_else(drawn: tuple[Json, str], value: Json, data: st.DataObject) -> None:
    document = Document.parse(drawn[1])
    way = data.draw(st.sampled_from(sorted(leaves(document.root, document.text), key=repr)))
    new = document.set(way, value)
    assert same(new.get(way), value)
    before, after = leaves(document.root, document.text), leaves(new.root, new.text)
    assert {path: text for path, text in after.items() if path[: len(way)] != way} == {
        path: text for path, text in before.items() if path != way
    }


@quick
@given(documents(), st.text(max_size=3), values, st.data())
def test_a_new_member_adds_and_takes_nothing(
    drawn: tuple[Json, str], key: str, value: Json, data: st.DataObject
) -> None:
    document = Document.parse(drawn[1])
    places = [way for way in _containers(document.root) if not isinstance(way[-1], str) or not document.has(way)]
    if not places:
        return
    way = data.draw(st.sampled_from(places))
    new = document.set(way, value)
    assert same(new.get(way), value)
    assert same(new.delete(way).value, document.value)
    before, after = leaves(document.root, document.text), leaves(new.root, new.text)
    assert {path: text for path, text in after.items() if path in before and path != way[:-1]} == {
        path: text for path, text in before.items() if path != way[:-1]
    }
    assert comments(new.text) == comments(document.text)


def _containers(node: Node, way: Steps = ()) -> list[Steps]:
    """A path for one new item in every bracket."""
    if not isinstance(node, Container):
        return []
    found: list[Steps] = [(*way, "new key" if node.is_object else len(node.items))]
    for index, item in enumerate(node.items):
        found += _containers(item.node, (*way, item.key if node.is_object else index))
    return found


@quick
@given(documents(), st.data())
def test_a_delete_takes_its_path_and_nothing_else(drawn: tuple[Json, str], data: st.DataObject) -> None:
    document = Document.parse(drawn[1])
    ways = [way for way in leaves(document.root, document.text) if way]
    if not ways:
        return
    way = data.draw(st.sampled_from(ways))
    new = document.delete(way)
    expected = document.value
    parent: Json = expected
    for step in way[:-1]:
        parent = parent[step]  # type: ignore[index, call-overload]
    del parent[way[-1]]  # type: ignore[index, arg-type, union-attr]
    assert same(new.value, expected)


@quick
@given(documents(), documents())
def test_any_value_can_be_adopted(one: tuple[Json, str], other: tuple[Json, str]) -> None:
    document = Document.parse(one[1]).adopt(other[0])
    assert same(document.value, other[0])
    assert document.adopt(other[0]) is document
