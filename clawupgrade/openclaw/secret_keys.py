"""Which keys of a config name a secret, and the texts below them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clawupgrade.openclaw.document import Json
from clawupgrade.openclaw.references import reference_in

_SECRET_KEY = re.compile(
    r"(token|password|passwd|passphrase|secret|credential|cookie|authorization|api_?-?key|private_?-?key"
    r"|access_?-?key|auth_?-?key|signing_?-?key|encryption_?-?key|session_?-?key|webhook_?-?url|dsn)s?$",
    re.IGNORECASE,
)


def is_secret_key(key: str | int) -> bool:
    """Whether a key names a secret: `botToken`, `apiKey`, `clientSecret`; not `maxTokens` with its number."""
    return isinstance(key, str) and _SECRET_KEY.search(key) is not None


def secret_texts(value: Json, named: bool = False) -> Iterator[str]:
    """Every text that stands below a key that names a secret; references are none.

    >>> list(secret_texts({"botToken": "abc", "maxTokens": 5, "auth": {"token": "${X}"}}))
    ['abc']
    """
    match value:
        case dict():
            for key, inner in value.items():
                yield from secret_texts(inner, named or is_secret_key(key))
        case list():
            for inner in value:
                yield from secret_texts(inner, named)
        case str() if named and reference_in(value) is None:
            yield value
