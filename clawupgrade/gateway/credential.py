"""The secret that opens a gateway, and how it is kept out of everything that is shown."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

_DIGEST = 16
VEIL = "***"
_SHORTEST_ENCODED = 4


@dataclass(frozen=True, slots=True)
class Credential:
    """A shared token or password. Prints as `***`."""

    kind: Literal["token", "password"]
    value: str = field(repr=False)

    def __repr__(self) -> str:
        return VEIL

    def __str__(self) -> str:
        return VEIL

    @property
    def spellings(self) -> tuple[str, ...]:
        """The value, and the other ways in which a server might echo it, longest first."""
        if not self.value:
            return ()
        spellings = {self.value, self.value.strip()}
        if len(self.value) >= _SHORTEST_ENCODED:
            raw = self.value.encode("utf-8", "surrogatepass")
            spellings |= {quote(raw, safe=""), raw.hex()}
            spellings |= {b64encode(raw).decode().rstrip("="), urlsafe_b64encode(raw).decode().rstrip("=")}
        return tuple(sorted((each for each in spellings if each), key=len, reverse=True))


def veil(text: str, spellings: Sequence[str]) -> str:
    """The text with every spelling of the secret replaced by `***`."""
    for spelling in spellings:
        text = text.replace(spelling, VEIL)
    return text


def digest_of(key: bytes, value: str) -> str:
    """16 hex digits, equal for equal secrets of one installation, which `key` belongs to."""
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:_DIGEST]
