"""References: which leaves stand for something kept elsewhere, and what an environment makes of them."""

from __future__ import annotations

import pytest

from clawupgrade.openclaw.document import Json
from clawupgrade.openclaw.references import Source, expand, reference_in, references


@pytest.mark.parametrize(
    ("value", "source", "names"),
    [
        ("${TELEGRAM_BOT_TOKEN}", Source.ENV, ("TELEGRAM_BOT_TOKEN",)),
        ("Bearer ${A}-${B}", Source.ENV, ("A", "B")),
        ("$$${A}", None, ()),
        ("$${A} and ${B}", Source.ENV, ("B",)),
        ("${lower}", None, ()),
        ("${A", None, ()),
        ("plain", None, ()),
        ("$OPENAI_API_KEY", Source.ENV, ("OPENAI_API_KEY",)),
        ("secretref-env:X", Source.ENV, ("X",)),
        ({"source": "file", "provider": "vault", "id": "/a/b"}, Source.FILE, ("/a/b",)),
        ({"source": "exec", "id": "op read x"}, Source.EXEC, ("op read x",)),
        ({"source": "env", "id": "X", "more": 1}, None, ()),
        ({"source": "web", "id": "X"}, None, ()),
        ({"source": ["env"], "id": "X"}, None, ()),
        (7, None, ()),
    ],
)
def test_what_is_a_reference(value: Json, source: Source | None, names: tuple[str, ...]) -> None:
    found = reference_in(value)
    assert (found and found.source, found.names if found else ()) == (source, names)


def test_references_are_found_by_path_and_a_secret_ref_is_one_leaf() -> None:
    value: Json = {"a": [{"t": "${X}"}, "no"], "s": {"source": "env", "provider": "default", "id": "Y"}}
    found = references(value)
    assert {path: one.names for path, one in found.items()} == {("a", 0, "t"): ("X",), ("s",): ("Y",)}


def test_expand_fills_in_unescapes_and_reports_what_is_missing() -> None:
    value: Json = {"a": "${X}/${EMPTY}", "b": ["$${X}", 1, None], "s": {"source": "env", "id": "X"}}
    expanded = expand(value, {"X": "x", "EMPTY": ""})
    assert expanded.value == {"a": "x/${EMPTY}", "b": ["${X}", 1, None], "s": {"source": "env", "id": "X"}}
    assert expanded.missing == (("a", "EMPTY"),)
    assert value == {"a": "${X}/${EMPTY}", "b": ["$${X}", 1, None], "s": {"source": "env", "id": "X"}}
