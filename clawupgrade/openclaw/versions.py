"""OpenClaw's version texts: ordering, and whether a Node satisfies `engines.node`."""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.version import InvalidVersion, Version

from clawupgrade.errors import Refused

_COMPARATOR = re.compile(r"(>=|<=|>|<|\^|~|=)?\s*v?(\d+(?:\.\d+){0,2})")


@lru_cache(maxsize=512)
def parse(text: str) -> Version:
    """The orderable form of a version such as `2026.7.1-1`; keep the raw text for npm.

    `packaging` orders OpenClaw's corrections and betas rightly, but prints `2026.7.1.post1`,
    which npm does not know.

    Raises:
        Refused: the text is no version.
    """
    try:
        return Version(text)
    except InvalidVersion as error:
        raise Refused(f"“{text}” is not a version of OpenClaw", "give one such as 2026.9.6") from error


def is_newer(candidate: str, than: str) -> bool:
    """Whether `candidate` comes after `than` in OpenClaw's order."""
    return parse(candidate) > parse(than)


def is_release(text: str) -> bool:
    """Whether a text is a version that is no beta.

    >>> is_release("2026.7.1-1"), is_release("2026.7.2-beta.7"), is_release("next")
    (True, False, False)
    """
    try:
        return not Version(text).is_prerelease
    except InvalidVersion:
        return False


def satisfies(node: str, engines: str) -> bool:
    """Whether Node `node` (`v24.19.0`) is allowed by an npm range such as `>=24.16 <25 || >=26.1`.

    Knows what OpenClaw's releases have used so far: comparators joined by spaces, and `||`.
    An empty range allows everything.
    """
    have = parse(node.removeprefix("v"))
    clauses = [clause.strip() for clause in engines.split("||")]
    return any(_clause_holds(have, clause) for clause in clauses)


def _clause_holds(have: Version, clause: str) -> bool:
    return all(_holds(have, operator or "=", text) for operator, text in _COMPARATOR.findall(clause))


def _holds(have: Version, operator: str, text: str) -> bool:
    floor = parse(text)
    match operator:
        case ">=":
            return have >= floor
        case ">":
            return have > floor
        case "<=":
            return have <= floor
        case "<":
            return have < floor
        case "^":
            return have >= floor and have.major == floor.major
        case "~":
            return have >= floor and (have.major, have.minor) == (floor.major, floor.minor)
        case _:
            given = text.count(".") + 1
            return have.release[:given] == floor.release[:given]
