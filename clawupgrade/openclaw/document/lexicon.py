"""The words of JSON5: where a token ends, and what it means.

Follows the JSON5 1.0.0 specification and the `json5` 2.2 package, with which every OpenClaw release reads.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

SPACES: Final = "\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
LINE_ENDS: Final = "\n\r\u2028\u2029"
COMMENT: Final = rf"(?://[^{LINE_ENDS}]*+|/\*(?s:.)*?\*/)"
TRIVIA: Final = rf"(?:[{SPACES}]++|{COMMENT})*+"
_PAIR = r"\\(?:\r\n|(?s:.))"
STRING: Final = rf"""(?:"[^"\\\n\r]*+(?:{_PAIR}[^"\\\n\r]*+)*+"|'[^'\\\n\r]*+(?:{_PAIR}[^'\\\n\r]*+)*+')"""
WORD: Final = rf"(?:[-+.\w$\\]|[^\x00-\x7f{SPACES}])++"

# Texts, and not compiled, where most configs have no use for them.
_NUMBER = (
    r"([+-]?)(?:(0[xX][0-9a-fA-F]+)|(0|[1-9][0-9]*)|((?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?))"
)
_ESCAPE = r"\\(\r\n|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|0(?![0-9])|[^0-9xu])"
_SOUND = rf"(?:[^\\]++|{_ESCAPE})*+"
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}
_CONTINUED = ("\r\n", "\n", "\r", "\u2028", "\u2029")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_NAME_ESCAPE = r"\\u([0-9a-fA-F]{4})"
_NAME_START = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl"})
_NAME_PART = _NAME_START | {"Mn", "Mc", "Nd", "Pc"}
_LITERALS: dict[str, float | bool | None] = {
    "null": None,
    "true": True,
    "false": False,
    **{sign + "Infinity": float(sign + "inf") for sign in ("", "+", "-")},
    **{sign + "NaN": float("nan") for sign in ("", "+", "-")},
}


def read_string(token: str) -> str | None:
    """The text that a quoted token stands for; None when it holds an escape that JSON5 does not know.

    A pair of surrogate escapes becomes one character, as in JavaScript; a lone one stays as it is.
    """
    body = token[1:-1]
    if "\\" not in body:
        return body
    if re.fullmatch(_SOUND, body, re.DOTALL) is None:
        return None
    return (
        re.sub(_ESCAPE, _unescape, body, flags=re.DOTALL)
        .encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "surrogatepass")
    )


def _unescape(found: re.Match[str]) -> str:
    code = found.group(1)
    if code in _CONTINUED:
        return ""
    return chr(int(code[1:], 16)) if code[0] in "xu" else _CONTROL.get(code, code)


def read_word(token: str) -> tuple[float | bool | None] | None:
    """The number, truth value or null that a bare word stands for, in a 1-tuple; None when it is neither.

    Whole numbers keep every digit (JavaScript rounds beyond 2**53, and a diff shall show that).
    """
    if token.isdecimal() and token.isascii() and token[0] != "0":
        return (int(token),)
    if token in _LITERALS:
        return (_LITERALS[token],)
    found = re.fullmatch(_NUMBER, token)
    if found is None:
        return None
    sign, hexadecimal, whole, real = found.groups()
    if real is not None:
        return (float(sign + real),)
    if hexadecimal is not None:
        return (int(sign + hexadecimal, 16),)
    return (-0.0,) if token == "-0" else (int(sign + whole),)


def read_key(token: str) -> str | None:
    """The key that a quoted text or a bare name (an ECMAScript 5.1 IdentifierName) stands for, else None."""
    if token[0] in "\"'":
        return read_string(token)
    if _NAME.fullmatch(token):
        return token
    name = re.sub(_NAME_ESCAPE, lambda found: chr(int(found.group(1), 16)), token)
    if all(_is_name_part(char, first=at == 0) for at, char in enumerate(name)):
        return name
    return None


def _is_name_part(char: str, *, first: bool) -> bool:
    if char in "$_" or (not first and char in "\u200c\u200d"):
        return True
    return unicodedata.category(char) in (_NAME_START if first else _NAME_PART)


def is_plain_name(key: str) -> bool:
    """Whether a key may stand without quotes (ASCII names only: what every editor colours rightly)."""
    return _NAME.fullmatch(key) is not None
