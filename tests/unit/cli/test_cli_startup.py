"""What every start of the command costs, were it only for `--version` or a shell's completion."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("msgspec", "psutil", "git", "rich", "websockets", "clawupgrade.openclaw.document")


def test_the_parser_is_made_without_anything_heavy() -> None:
    """The loss rows once brought the config's whole reading along: 9.2 times `python -c pass` instead of 3."""
    script = f"import sys, clawupgrade.cli.parser as p; p.parser(); print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
