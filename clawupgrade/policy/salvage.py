"""Who is to be told, from sources that cannot be used as a whole: a typing error must not keep itself a secret."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from clawupgrade.errors import ConfigInvalid
from clawupgrade.policy.lines import leaves
from clawupgrade.policy.reading import Given, effective
from clawupgrade.policy.schema import BY_KEY, BY_VARIABLE
from clawupgrade.policy.settings import Settings

_WANTED = ("notice.", "metrics.")
_NEXT_TABLE = re.compile(r"^(?=\s*\[)", re.MULTILINE)


def salvaged(text: str, installation: str, environ: Mapping[str, str]) -> Settings:
    """What can be read of `notice` and `metrics`, table by table and key by key; the defaults for all else.

    installation: the one that is meant, or ""; its own keys win. Nothing is raised, and nobody is told of a mistake.

    >>> salvaged('colour = 1\\n[notice]\\nwhen = "always"\\nexpire = "soon"\\n[when', "", {}).notice_when
    'always'
    """
    found = list(_of_tables(text))
    general = [(".".join(keys), value) for keys, value in found]
    own = [(".".join(keys[2:]), value) for keys, value in found if keys[:2] == ("installations", installation)]
    spoken = [(BY_VARIABLE[name].key, environ[name]) for name in sorted(environ) if name in BY_VARIABLE]
    chosen: list[Given] = []
    for key, value in (*general, *own, *spoken):
        if key.startswith(_WANTED) and key in BY_KEY:
            setting = BY_KEY[key]
            is_list = setting.shape is not str and isinstance(value, str)
            raw = [part.strip() for part in value.split(";") if part.strip()] if is_list else value
            each = Given(setting, raw, "")
            chosen += [each] if _holds(each) else []
    return effective(chosen).settings


def _of_tables(text: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values of the whole text, or of each of its tables that is TOML by itself."""
    try:
        yield from leaves(tomllib.loads(text))
        return
    except tomllib.TOMLDecodeError:
        pass
    for piece in _NEXT_TABLE.split(text):
        try:
            yield from leaves(tomllib.loads(piece))
        except tomllib.TOMLDecodeError:
            continue


def _holds(given: Given) -> bool:
    try:
        effective([given])
    except ConfigInvalid:
        return False
    return True
