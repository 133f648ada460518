"""Credentials, whose values nobody else gets to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from clawupgrade.model import CredentialRef


class Secrets(Protocol):
    """Finds credentials where references say they stand, and keeps their values to itself."""

    def digest(self, ref: CredentialRef) -> str | None:
        """Keyed hash of what stands there (equal secrets of one installation, equal hashes), or None.

        `ref.digest` is not looked at. None also for an empty value, a reference that cannot be
        resolved (`${VAR}`, SecretRef) and a place that may not be read.
        """
        ...

    def key(self) -> bytes:
        """The installation's own key for hashes that a person may see."""
        ...

    def learn(self, config_path: str) -> None:
        """Know every secret that a config holds, so that `Host.veil` takes it out of whatever is shown or kept."""
        ...

    def assigned(self, name: str, ref: CredentialRef) -> bytes:
        """The line of an env file that gives a variable what stands at `ref`. Raises Refused."""
        ...

    def written(self, config: bytes, key: str, ref: CredentialRef | None) -> bytes:
        """The config's text with what stands at `ref` at `key`; with a new token where `ref` is None.

        Raises Refused where nothing is to be had, DocumentError where the text has no place for it.
        """
        ...
