"""A command as a person would type it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from clawupgrade.host.scrub import Scrub


def typed(argv: Sequence[str], scrub: Scrub) -> str:
    """Quoted for a shell, on one line, without secrets.

    The environment is left out: its values may be secrets.
    """
    return scrub.line(" ".join(shlex.join(argv).splitlines()))
