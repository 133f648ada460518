"""JSON5 texts for property tests: a value together with one of the many ways to write it."""

from __future__ import annotations

import json
import re

from hypothesis import strategies as st

from clawupgrade.openclaw.document import Json

COMMENTS = ["// one\n", "/* two */", "/* three\nlines */", "//\n", "/***/", '// "{[,:\n']
SPACES = ["", " ", "\n", "\r\n", "\t", "\u00a0", "\u2028", "\ufeff", "\v", "\f", "\u3000", "\n  ", "  "]

trivia = st.lists(st.sampled_from([*SPACES, *COMMENTS]), max_size=3).map("".join)
names = st.one_of(
    st.sampled_from(["gateway", "auth", "token", "a", "b", "$x", "_y", "null", "if", "ünï"]),
    st.text(max_size=4),
)


@st.composite
def strings(draw: st.DrawFn, text: str) -> str:
    """One way to write a text: either quote, escapes where they must be or may be, line continuations."""
    quote = draw(st.sampled_from("\"'"))
    out = []
    for char in text:
        code = ord(char)
        must = char in "\\\n\r" or char == quote or 0xD800 <= code <= 0xDFFF
        if must or draw(st.integers(0, 9)) == 0:
            out.append(f"\\u{code:04x}" if code < 0x10000 else json.dumps(char)[1:-1])
        else:
            out.append(char)
        if draw(st.integers(0, 19)) == 0:
            out.append(draw(st.sampled_from(["\\\n", "\\\r\n", "\\\u2028"])))
    return quote + "".join(out) + quote


@st.composite
def keys(draw: st.DrawFn, key: str) -> str:
    """A key, bare where the name allows it and the draw wants it."""
    if re.fullmatch(r"[A-Za-z_$][\w$]*", key, re.ASCII) and draw(st.booleans()):
        return key
    return draw(strings(key))


@st.composite
def numbers(draw: st.DrawFn) -> tuple[Json, str]:
    """A number and a spelling."""
    whole = draw(st.integers(0, 2**53))
    sign, factor = draw(st.sampled_from([("", 1), ("+", 1), ("-", -1)]))
    spelling, value = draw(
        st.sampled_from(
            [
                (str(whole), whole),
                (hex(whole), whole),
                (hex(whole).upper().replace("X", "x"), whole),
                (f"{whole}.", float(whole)),
                (f"{whole}.25", whole + 0.25),
                (".5", 0.5),
                ("1e3", 1e3),
                ("2.5E-2", 2.5e-2),
                ("Infinity", float("inf")),
                ("NaN", float("nan")),
            ]
        )
    )
    return factor * value, sign + spelling


@st.composite
def texts(draw: st.DrawFn, depth: int = 3) -> tuple[Json, str]:
    """A value and a JSON5 text that stands for it, without the white space around it."""
    kind = draw(st.integers(0, 6 if depth else 3))
    if kind == 0:
        value = draw(st.sampled_from([None, True, False]))
        return value, json.dumps(value)
    if kind == 1:
        return draw(numbers())
    if kind <= 3:
        text = draw(st.text(max_size=6))
        return text, draw(strings(text))
    count = draw(st.integers(0, 4))
    parts = []
    if kind == 4:
        items = []
        for _ in range(count):
            value, text = draw(texts(depth - 1))
            items.append(value)
            parts.append(draw(trivia) + text + draw(trivia))
        return items, "[" + _joined(draw, parts) + "]"
    members = {}
    for key in draw(st.lists(names, min_size=count, max_size=count, unique=True)):
        value, text = draw(texts(depth - 1))
        members[key] = value
        parts.append(draw(trivia) + draw(keys(key)) + draw(trivia) + ":" + draw(trivia) + text + draw(trivia))
    return members, "{" + _joined(draw, parts) + "}"


def _joined(draw: st.DrawFn, parts: list[str]) -> str:
    if not parts:
        return draw(trivia)
    return ",".join(parts) + draw(st.sampled_from(["", "," + draw(trivia)]))


@st.composite
def documents(draw: st.DrawFn) -> tuple[Json, str]:
    """A value and a whole document for it."""
    value, text = draw(texts())
    return value, draw(trivia) + text + draw(trivia)
