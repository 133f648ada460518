"""Takes secrets, and what may steer a terminal, out of lines before anyone shows or logs them."""

from __future__ import annotations

import re

from clawupgrade.gateway.credential import VEIL, Credential, veil

_SHORTEST = 6
# Texts, and not compiled: a command that shows no such line need not wait for them.
_CONTROL = r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f]"
_HINTS = ("token", "passw", "secret", "key", "auth", "credential", "bearer")
"""Most lines hold none of these, and looking for them costs a tenth of the patterns."""
_NAMED = r"""(?ix)
    ( (?: token | passw(?:or)?d | secret | api[_-]?key | authorization | credential )
      ["']? \s* [:=] \s* (?: bearer \s+ | basic \s+ )? ["']? )
    ( [^\s"',;&}]{6,} )
    """
_BEARER = r"(?i)\b(bearer\s+)([A-Za-z0-9._~+/=-]{6,})"
_IN_URL = r"(://[^/\s:@]*:)[^/\s@]+(?=@)"
_SHAPED = re.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\d{8,10}:[A-Za-z0-9_-]{30,}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*)"
)


class Scrub:
    """Knows the secrets of this run, and the usual looks of others."""

    def __init__(self) -> None:
        self._spellings: tuple[str, ...] = ()

    def learn(self, value: str) -> None:
        """Remember a secret. Values under six characters are left out: they would blot out plain words."""
        if len(value) >= _SHORTEST:
            spellings = {*self._spellings, *Credential("token", value).spellings}
            self._spellings = tuple(sorted(spellings, key=len, reverse=True))

    def text(self, text: str) -> str:
        """The text without the secrets that we know; nothing else is changed, so that JSON stays JSON."""
        return veil(text, self._spellings)

    def line(self, line: str) -> str:
        """A line that may be shown: no known secret, nothing that looks like one, no terminal codes."""
        line = self.text(line if line.isprintable() else re.sub(_CONTROL, "", line))
        lowered = line.lower()
        if any(hint in lowered for hint in _HINTS):
            line = re.sub(_BEARER, rf"\1{VEIL}", re.sub(_NAMED, rf"\1{VEIL}", line))
        if "://" in line and "@" in line:
            line = re.sub(_IN_URL, rf"\1{VEIL}", line)
        return _SHAPED.sub(VEIL, line)
