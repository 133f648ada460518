"""One question to the person at the terminal."""

from __future__ import annotations

from clawupgrade.errors import Refused


def ask(question: str) -> None:
    """Raises Refused when the person at the terminal does not say yes."""
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise Refused("nothing was done", "answer y, or give --yes")
