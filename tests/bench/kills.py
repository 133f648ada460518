"""How long after a kill, or after the plug was pulled, a gateway serves again: real hosts, at every step, twice.

`python tests/bench kills` (root; half an hour and more). The bound of 120 s is the test's own.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

TOP = Path(__file__).parents[2]
_TOLD = re.compile(r"^(kill|power) (.+): (\S+) serves after (\S+) s$")


def main() -> int:
    """Run the walk and print its times as a table; what pytest ends with."""
    line = [sys.executable, "-m", "pytest", "tests/real/test_killed.py", "-k", "every_step", "-s", "-q"]
    taken: dict[str, dict[str, str]] = defaultdict(dict)
    with subprocess.Popen(line, cwd=TOP, stdout=subprocess.PIPE, text=True) as walk:
        assert walk.stdout is not None
        for said in walk.stdout:
            if found := _TOLD.search(said.strip().lstrip(".F")):
                how, moment, version, seconds = found.groups()
                taken[moment][how] = f"{seconds} s ({version})"
    print(f"{'moment':<24} {'killed':>22} {'plug pulled':>22}")
    for moment, times in taken.items():
        print(f"{moment:<24} {times.get('kill', '–'):>22} {times.get('power', '–'):>22}")
    return walk.returncode


if __name__ == "__main__":
    sys.exit(main())
