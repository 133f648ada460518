"""Shows a value without its secrets: which texts look secret, and what stands in their place."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field

from clawupgrade.openclaw.document import Json, Steps
from clawupgrade.openclaw.references import reference_in
from clawupgrade.openclaw.secret_keys import is_secret_key

# Below these keys every text may be a secret, whatever its name.
_SECRET_PARENTS = frozenset({"env", "vars", "headers", "args", "command", "requestHeaders", "extraHeaders"})
_SECRET_TEXT = re.compile(
    r"://[^/\s@]+@|[?&#](token|key|secret|sig|auth|password)=|\b(sk-|ghp_|gho_|xox[abp]-|xapp-|AIza|eyJ|-----BEGIN)"
    r"|(key|token|secret|password)\s*[=:]\s*\S|\bBearer\s|[A-Za-z0-9+/_-]{32,}",
    re.IGNORECASE,
)
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Mask:
    """Masks with a key of the installation, so that equal secrets look equal and nobody can guess them."""

    key: bytes = field(repr=False)

    def digest(self, secret: str) -> str:
        """`sha256:` and eight hexadecimal digits of the HMAC of a secret."""
        return "sha256:" + hmac.new(self.key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:8]

    def show(self, value: Json, path: Steps) -> str:
        """The value as one short line; references in clear, secrets as digests."""
        return _shortened(json.dumps(self._masked(value, path), ensure_ascii=False))

    def _masked(self, value: Json, path: Steps) -> Json:
        if reference_in(value) is not None and not self._holds_more(value):
            return value
        match value:
            case dict():
                return {key: self._masked(inner, (*path, key)) for key, inner in value.items()}
            case list():
                return [self._masked(inner, (*path, index)) for index, inner in enumerate(value)]
            case str() if value and _is_secret(value, path):
                return self.digest(value)
            case _:
                return value

    def _holds_more(self, value: Json) -> bool:
        """Whether a text holds something secret beside its variables: `Bearer abc${X}`."""
        return isinstance(value, str) and _SECRET_TEXT.search(re.sub(r"\$\{[A-Z0-9_]+\}", "", value)) is not None


def _is_secret(value: str, path: Steps) -> bool:
    names = [step for step in path if isinstance(step, str)]
    if any(is_secret_key(name) or name in _SECRET_PARENTS for name in names):
        return True
    return _SECRET_TEXT.search(value) is not None


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
