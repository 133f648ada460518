"""`make bench`: figures as ratios of one run, repeatable; each part prints its own table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Start-up cost always; others where asked for by name (`snapshots`, `kills`, `fleet`, `downtime`)."""
    for name in ("startup", *sys.argv[1:]):
        subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
